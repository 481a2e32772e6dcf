/** How long lines wait for others to go with them. Milliseconds. */
const GATHER_MS = 1;

/**
 * A body of lines, which go out in the order in which they come. Those that come within a millisecond go together, so that
 * whoever reads them has them at once. None may reject.
 */
export function streamLines(lines: readonly Promise<string>[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let gathered = "";
  let left = lines.length;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isRead = true;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const send = (): void => {
        timer = undefined;
        controller.enqueue(encoder.encode(gathered));
        gathered = "";
      };
      for (const line of lines) {
        void line.then((text) => {
          left -= 1;
          if (!isRead) return;
          gathered += text;
          if (left > 0) {
            timer ??= setTimeout(send, GATHER_MS);
            return;
          }
          clearTimeout(timer);
          send();
          controller.close();
        });
      }
    },
    cancel() {
      isRead = false;
      clearTimeout(timer);
    },
  });
}
