/** Numbers of the page, compared with Intl, which writes the same and takes longer to start. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { grouped, tenths, twoDigits } from "../../site/text/numbers.ts";

it.each(["en", "zh-CN"])("writes a whole number as Intl does in %s", (language) => {
  fc.assert(
    fc.property(fc.nat(), (value) => {
      expect(grouped(value)).toBe(value.toLocaleString(language));
    }),
  );
});

it.each([
  [grouped(1234.5, 1), "1,234.5"],
  [grouped(7, 1), "7.0"],
  [tenths(99_999.96), "100,000"],
  [tenths(1.26), "1.3"],
  [twoDigits(1234), "1,200"],
  [twoDigits(1.26), "1.3"],
  [twoDigits(1), "1"],
])("writes %s as %s", (text, expected) => {
  expect(text).toBe(expected);
});
