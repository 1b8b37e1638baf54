/**
 * Entries by their keys: a hash table that grows by one bucket at a time, so that no client waits while a large one is doubled
 * (Litwin, "Linear hashing").
 *
 *      0           split        base        base + split
 *      ├───────────┼────────────┼───────────┤
 *      │ split:    │ not split: │ the other │     a hash's bucket is its remainder by `base`;
 *      │ base * 2  │ base       │ halves    │     of a bucket that was split already, by `base * 2`
 *      └───────────┴────────────┴───────────┘
 */
import { Entry, keyOf } from "./entry";
import { dataset } from "./memory";

const LEAST: u32 = 16;

export class Dictionary {
  /** Number of entries. */
  size: u32 = 0;
  private buckets: usize = 0;
  private capacity: u32 = 0;
  /** A power of two. */
  private base: u32 = LEAST;
  private split: u32 = 0;

  constructor() {
    this.enlarge(LEAST);
    memory.fill(this.buckets, 0, (<usize>LEAST) << 2);
  }

  get bucketCount(): u32 {
    return this.base + this.split;
  }

  /** The first of the entries in a bucket, linked by `next`. */
  firstOf(bucket: u32): Entry | null {
    return changetype<Entry | null>(<usize>load<u32>(this.slot(bucket)));
  }

  find(key: usize, length: i32, hash: u32): Entry | null {
    let entry = this.firstOf(this.bucketOf(hash));
    while (entry != null) {
      if (entry.hash == hash && entry.keyLength == length && memory.compare(keyOf(entry), key, length) == 0) break;
      entry = entry.next;
    }
    return entry;
  }

  /** Adds an entry whose key has none. */
  add(entry: Entry): void {
    this.link(entry, this.bucketOf(entry.hash));
    this.size++;
    if (this.size > this.bucketCount) this.grow();
  }

  remove(entry: Entry): void {
    const bucket = this.bucketOf(entry.hash);
    const first = this.firstOf(bucket);
    if (first == entry) {
      store<u32>(this.slot(bucket), changetype<usize>(entry.next));
    } else {
      let before = first!;
      while (before.next != entry) before = before.next!;
      before.next = entry.next;
    }
    this.size--;
  }

  /** Gives up all buckets. The entries are no longer in it. */
  clear(): void {
    dataset.free(this.buckets, (<usize>this.capacity) << 2);
    this.size = this.split = 0;
    this.base = LEAST;
    this.buckets = 0;
    this.enlarge(LEAST);
    memory.fill(this.buckets, 0, (<usize>LEAST) << 2);
  }

  private slot(bucket: u32): usize {
    return this.buckets + ((<usize>bucket) << 2);
  }

  private bucketOf(hash: u32): u32 {
    const bucket = hash & (this.base - 1);
    return bucket < this.split ? hash & ((this.base << 1) - 1) : bucket;
  }

  private link(entry: Entry, bucket: u32): void {
    entry.next = this.firstOf(bucket);
    store<u32>(this.slot(bucket), changetype<usize>(entry));
  }

  /** Splits the next bucket: what has the hash's next bit goes to a new one. */
  private grow(): void {
    const from = this.split;
    const to = this.base + from;
    if (to == this.capacity) this.enlarge(this.capacity << 1);
    let entry = this.firstOf(from);
    store<u32>(this.slot(from), 0);
    store<u32>(this.slot(to), 0);
    while (entry != null) {
      const next = entry.next;
      this.link(entry, (entry.hash & this.base) == 0 ? from : to);
      entry = next;
    }
    this.split++;
    if (this.split < this.base) return;
    this.base <<= 1;
    this.split = 0;
  }

  private enlarge(capacity: u32): void {
    const buckets = dataset.allocate((<usize>capacity) << 2);
    if (this.buckets != 0) {
      memory.copy(buckets, this.buckets, (<usize>this.capacity) << 2);
      dataset.free(this.buckets, (<usize>this.capacity) << 2);
    }
    this.buckets = buckets;
    this.capacity = capacity;
  }
}
