/** Web streams over a stream (https://streams.spec.whatwg.org). */

/** The part of a stream that the Web streams use. */
interface Duplex {
  read(): Promise<Uint8Array | undefined>;
  write(data: Uint8Array): Promise<void>;
  closeWrite(): Promise<void>;
  abort(): void;
}

/** Reads on demand: nothing is queued. */
export function readableOf(stream: Duplex): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const chunk = await stream.read();
        if (chunk === undefined) controller.close();
        else controller.enqueue(chunk);
      },
      cancel: () => stream.abort(),
    },
    { highWaterMark: 0 },
  );
}

/** Takes the next chunk when the system has taken the previous one. */
export function writableOf(stream: Duplex): WritableStream<Uint8Array> {
  return new WritableStream<Uint8Array>({
    write: (chunk) => stream.write(chunk),
    close: () => stream.closeWrite(),
    abort: () => stream.abort(),
  });
}
