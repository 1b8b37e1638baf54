import type { Comparison } from "../comparison.ts";

export default function (both: Comparison): void {
  both.listen("s3");
  both.connect("s1", "s3");
  both.accept("s2", "s3");
  both.shutdown("s3", "read");
  both.shutdown("s3", "read"); // the kernel ENOTCONN, ours 0
}
