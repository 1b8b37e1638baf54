/** Numbers as both languages write them. Intl would do the same, but its first use freezes a phone for a tenth of a second. */

/** A comma before each three digits of the whole part: 60,000 and 1,234.5. `digits`: how many after the point; as many as there are by default. */
export function grouped(value: number, digits?: number): string {
  const [whole, ...fraction] = (digits === undefined ? String(value) : value.toFixed(digits)).split(".");
  return [whole.replace(/\B(?=(\d{3})+$)/g, ","), ...fraction].join(".");
}

/** At most one digit after the point. */
export const tenths = (value: number): string => grouped(Math.round(value * 10) / 10);

/** Two digits that are not zeros: 1,200 and 1.2. */
export const twoDigits = (value: number): string => grouped(Number(value.toPrecision(2)));
