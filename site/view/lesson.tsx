/** A lesson: its words, its question, and the stage. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Chapter } from "../lessons/chapter.ts";
import type { Lesson } from "../lessons/contract.ts";
import { answerTo, forgetAnswer, answered as isAnswered, noteAnswer } from "./answers.ts";
import { language, motion } from "./preferences.ts";
import { goTo, lastStep, playing, snapshot } from "./stage-state.ts";
import { askAgain, goOnInSandbox, runOn } from "./visit.ts";
import { words } from "./words.ts";

/** HTML that the build made from the course's own Markdown. */
function Html({ of: html, as: Tag = "div", class: name }: { of: string; as?: "div" | "span"; class?: string }) {
  return <Tag class={name} dangerouslySetInnerHTML={{ __html: html }} />;
}

export function Question({ lesson, chapter }: { lesson: Lesson; chapter: Chapter }) {
  const text = words.value.question;
  const [choice, setChoice] = useState(answerTo(lesson.id));
  const [answered, setAnswered] = useState(isAnswered(lesson.id));
  const form = useRef<HTMLFormElement>(null);
  const [fresh, setFresh] = useState(false);
  // The reason comes to the top of the screen, and the stage, which now runs, below it.
  useLayoutEffect(() => {
    if (fresh) form.current!.querySelector(".why")?.scrollIntoView({ behavior: motion.value ? "smooth" : "auto" });
  }, [fresh]);
  const onSubmit = (event: Event) => {
    event.preventDefault();
    noteAnswer(lesson.id, choice);
    setAnswered(true);
    setFresh(true);
    void runOn();
  };
  const again = () => {
    forgetAnswer(lesson.id);
    setAnswered(false);
    setFresh(false);
    setChoice(-1);
    void askAgain();
  };
  const answer = chapter.answers[choice];
  return (
    <form class="question" ref={form} onSubmit={onSubmit}>
      <fieldset>
        <legend>
          <small>{text.label}</small>
          <Html as="span" of={chapter.question} />
        </legend>
        <div class="answers">
          {chapter.answers.map(({ text: words, right }, index) => (
            <label key={words} class={!answered ? "" : right ? "right" : index === choice ? "wrong" : ""}>
              <input
                type="radio"
                name="answer"
                checked={choice === index}
                disabled={answered}
                onChange={() => setChoice(index)}
              />
              <Html as="span" of={words} />
              <span class="verdict">
                {answered && right && text.rightMark}
                {answered && !right && index === choice && text.yours}
              </span>
            </label>
          ))}
        </div>
      </fieldset>
      <div aria-live="polite">{answered && <Html class="why" of={answer.why} />}</div>
      <div class="actions">
        {answered ? (
          <>
            <button type="button" onClick={goOnInSandbox}>
              {text.sandbox}
            </button>
            <button type="button" class="plain" onClick={again}>
              {text.again}
            </button>
          </>
        ) : (
          <button type="submit" class="main" disabled={choice < 0}>
            {text.answer}
          </button>
        )}
      </div>
    </form>
  );
}

/** Places worth jumping to. They tell the answer, so they come after it. */
export function Moments({ lesson }: { lesson: Lesson }) {
  const moments = lesson.moments.filter(({ step }) => step <= lastStep.value);
  if (moments.length === 0) return null;
  return (
    <ol class="moments">
      {moments.map(({ step, text }) => (
        <li key={step}>
          <button
            type="button"
            aria-current={snapshot.value!.step === step ? "step" : undefined}
            onClick={() => {
              playing.value = false;
              void goTo(step);
            }}
          >
            <b>{step}</b> {text[language.value]}
          </button>
        </li>
      ))}
    </ol>
  );
}

export function Reading({ chapter }: { chapter: Chapter }) {
  return (
    <article class="reading">
      <section>
        <h2>{words.value.run}</h2>
        <Html of={chapter.run} />
      </section>
      <section>
        <h2>{words.value.see}</h2>
        <Html of={chapter.see} />
      </section>
    </article>
  );
}

export function Lead({ chapter }: { chapter: Chapter }) {
  return (
    <div>
      <h1>{chapter.title}</h1>
      <Html class="lead" of={chapter.lead} />
    </div>
  );
}
