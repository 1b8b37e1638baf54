/**
 * A small editor of scripts: CodeJar edits, Prism marks keywords and comments. Tab leaves it, as it leaves any field. Brackets are not closed by
 * themselves: CodeJar would not type over them.
 */
import { CodeJar } from "codejar";
import { useLayoutEffect, useRef } from "preact/hooks";
import Prism from "prismjs/components/prism-core.js";
import "prismjs/components/prism-clike.js";
import "prismjs/components/prism-javascript.js";

interface EditorProps {
  /** What it shows at first. A change of `key` shows another text. */
  readonly text: string;
  readonly label: string;
  /** Line to mark, from 1. */
  readonly line?: number;
  onInput(text: string): void;
}

/**
 * CodeJar marks the words a moment after a key, and then sets the caret again, which takes the focus: also from where Tab has led meanwhile.
 * It goes back there.
 */
const highlight = (element: HTMLElement) => {
  element.innerHTML = Prism.highlight(element.textContent ?? "", Prism.languages.javascript, "javascript");
  const { activeElement, body } = document;
  if (!(activeElement instanceof HTMLElement) || activeElement === element || activeElement === body) return;
  queueMicrotask(() => activeElement.focus({ preventScroll: true }));
};

export function Editor({ text, label, line, onInput }: EditorProps) {
  const element = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const jar = CodeJar(element.current!, highlight, { tab: "  ", catchTab: false, addClosing: false });
    jar.updateCode(text);
    jar.onUpdate(onInput);
    // CodeJar hears keys. Dictation, some keyboards of phones and a paste by menu give no key, and lines as elements.
    const onEdit = () => {
      const area = element.current!;
      if (area.querySelector("div, br") !== null) jar.updateCode(area.innerText);
      onInput(jar.toString());
    };
    element.current!.addEventListener("input", onEdit);
    return () => {
      element.current?.removeEventListener("input", onEdit);
      jar.destroy();
    };
  }, []);
  return (
    <div class="editor">
      {/* biome-ignore lint/a11y/useSemanticElements: a textarea cannot mark words. */}
      <div
        ref={element}
        class="text"
        role="textbox"
        tabIndex={0}
        aria-multiline="true"
        aria-label={label}
        spellcheck={false}
      />
      {line !== undefined && <span class="stopped" style={{ "--line": line - 1 }} aria-hidden="true" />}
    </div>
  );
}
