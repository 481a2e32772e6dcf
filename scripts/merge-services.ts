const WORD = 8;
const FAR = 2;
const LIST = 1;
const STRUCTS = 7;

/** A message in Cap'n Proto's encoding: segments of 8-byte words, which pointers tie together. */
type Message = Buffer[];

/** A word of a message. */
interface Place {
  readonly segment: number;
  readonly word: number;
}

/** A list of structs: where the first is, and how many words of data and of pointers each has. */
interface StructList {
  readonly first: Place;
  readonly count: number;
  readonly dataWords: number;
  readonly pointerWords: number;
}

/**
 * Adds the services of one encoded `workerd` configuration to those of another, both as `workerd compile --config-only` writes
 * them. The list of all services is made in a segment of its own, whose pointers lead to those in the two lists as they were:
 * nothing else of either is read or changed. Of the schema it needs one thing: the services are the first pointer of the root.
 * Throws an `Error` when the two do not go together, which those of one version do.
 */
export function mergeServices(config: Buffer, addition: Buffer): Buffer {
  const message = readMessage(config);
  const other = readMessage(addition);
  // A pointer from one segment to another names it by its number, which would have to be changed.
  if (other.length !== 1) throw new Error("The configuration that is added has to be in one segment.");
  const [own, others] = [servicesOf(message), servicesOf(other)];
  const { dataWords, pointerWords } = own;
  if (others.dataWords !== dataWords || others.pointerWords !== pointerWords) {
    throw new Error("The two configurations were written by different versions.");
  }
  const services = [...placesOf(own), ...placesOf({ ...others, first: { ...others.first, segment: message.length } })];
  const all: Message = [...message, ...other];
  const size = dataWords + pointerWords;
  const merged = Buffer.alloc((2 + services.length * size) * WORD);
  writePointer(merged, 0, LIST, ((services.length * size) << 3) | STRUCTS);
  writePointer(merged, 1, services.length << 2, dataWords | (pointerWords << 16));
  services.forEach(({ segment, word }, i) => {
    const from = all[segment] ?? Buffer.alloc(0);
    const to = 2 + i * size;
    from.copy(merged, to * WORD, word * WORD, (word + dataWords) * WORD);
    for (let pointer = dataWords; pointer < size; pointer += 1) {
      const [low, high] = readPointer(from, word + pointer);
      if ((low & 3) === FAR || (low === 0 && high === 0)) writePointer(merged, to + pointer, low, high);
      else writeFar(merged, to + pointer, { segment, word: word + pointer });
    }
  });
  const at = servicesPointer(message);
  writeFar(all[at.segment] ?? merged, at.word, { segment: all.length, word: 0 });
  return writeMessage([...all, merged]);
}

function readMessage(bytes: Buffer): Message {
  const count = bytes.readUInt32LE(0) + 1;
  let at = Math.ceil((1 + count) / 2) * WORD;
  return Array.from({ length: count }, (_, i) => {
    const start = at;
    at += bytes.readUInt32LE(4 * (i + 1)) * WORD;
    return Buffer.from(bytes.subarray(start, at));
  });
}

function writeMessage(message: Message): Buffer {
  const table = Buffer.alloc(Math.ceil((1 + message.length) / 2) * WORD);
  table.writeUInt32LE(message.length - 1, 0);
  message.forEach((segment, i) => table.writeUInt32LE(segment.length / WORD, 4 * (i + 1)));
  return Buffer.concat([table, ...message]);
}

function readPointer(segment: Buffer | undefined, word: number): [low: number, high: number] {
  if (segment === undefined) throw new Error("The configuration has a pointer to a segment that it does not have.");
  return [segment.readUInt32LE(word * WORD), segment.readUInt32LE(word * WORD + 4)];
}

function writePointer(segment: Buffer, word: number, low: number, high: number): void {
  segment.writeUInt32LE(low >>> 0, word * WORD);
  segment.writeUInt32LE(high >>> 0, word * WORD + 4);
}

/** A pointer into another segment leads to a pointer there, which leads on within that segment. */
function writeFar(segment: Buffer, word: number, to: Place): void {
  writePointer(segment, word, (to.word << 3) | FAR, to.segment);
}

/** The pointer at `place`, or the one in another segment that it leads to, and what that one points at. */
function follow(message: Message, place: Place): { readonly to: Place; readonly low: number; readonly high: number } {
  const [low, high] = readPointer(message[place.segment], place.word);
  if ((low & 7) === FAR) return follow(message, { segment: high, word: low >>> 3 });
  if ((low & 3) === FAR) throw new Error("The configuration has a pointer of a kind that is not expected.");
  return { to: { segment: place.segment, word: place.word + 1 + (low >> 2) }, low, high };
}

/** The first pointer of the root, which is the first word of the first segment. */
function servicesPointer(message: Message): Place {
  const { to, high } = follow(message, { segment: 0, word: 0 });
  return { segment: to.segment, word: to.word + (high & 0xffff) };
}

function servicesOf(message: Message): StructList {
  const { to, low, high } = follow(message, servicesPointer(message));
  if ((low & 3) !== LIST || (high & 7) !== STRUCTS) throw new Error("The configuration has no services.");
  const [count, size] = readPointer(message[to.segment], to.word);
  const first = { segment: to.segment, word: to.word + 1 };
  return { first, count: count >>> 2, dataWords: size & 0xffff, pointerWords: size >>> 16 };
}

function placesOf({ first, count, dataWords, pointerWords }: StructList): Place[] {
  const size = dataWords + pointerWords;
  return Array.from({ length: count }, (_, i) => ({ segment: first.segment, word: first.word + i * size }));
}
