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

/** Edits of a selection that leave nothing of it. */
const REPLACING = ["insertText", "deleteContentBackward", "deleteContentForward"];

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
    // A browser deletes many marked words for longer than a tenth of a second on a phone. This deletes them as one text.
    const onReplace = (event: InputEvent) => {
      const { inputType, data } = event;
      const selected = getSelection()?.toString() ?? "";
      if (!REPLACING.includes(inputType) || !selected.includes("\n")) return;
      event.preventDefault();
      const { start, end } = jar.save();
      const text = jar.toString();
      const before = text.slice(0, Math.min(start, end)) + (data ?? "");
      const after = text.slice(Math.max(start, end));
      // The newline at the end of a text is not a place that a selection reaches.
      jar.updateCode(before + (after === "\n" ? "" : after));
      jar.restore({ start: before.length, end: before.length });
      jar.recordHistory();
    };
    element.current!.addEventListener("beforeinput", onReplace);
    element.current!.addEventListener("input", onEdit);
    return () => {
      element.current?.removeEventListener("beforeinput", onReplace);
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
