// Writes trace.dat files of any byte order, word size, page size, version and compression, with one
// event type, so that what no sample has is tested too.

import { deflateSync } from "node:zlib";

export interface WrittenEvent {
  readonly time: number;
  readonly cpu: number;
  readonly pid: number;
  readonly context: number;
  readonly seqno: number;
  readonly driver: string;
}

export interface WriteOptions {
  readonly version: 6 | 7;
  readonly big: boolean;
  readonly longSize: 4 | 8;
  readonly pageSize: number;
  readonly compression: "none" | "zlib";
  readonly cpus: number;
}

const eventId = 77;

class Out {
  private readonly parts: Buffer[] = [];
  length = 0;
  constructor(readonly big: boolean) {}

  bytes(b: Uint8Array): this {
    this.parts.push(Buffer.from(b));
    this.length += b.length;
    return this;
  }
  text(s: string): this {
    return this.bytes(Buffer.from(s, "utf8"));
  }
  int(value: number, size: 1 | 2 | 4 | 8): this {
    const b = Buffer.alloc(size);
    if (size === 8) {
      if (this.big) b.writeBigUInt64BE(BigInt(value));
      else b.writeBigUInt64LE(BigInt(value));
    } else if (this.big) b.writeUIntBE(value, 0, size);
    else b.writeUIntLE(value, 0, size);
    return this.bytes(b);
  }
  done(): Buffer {
    return Buffer.concat(this.parts);
  }
}

function format(): string {
  const field = (declaration: string, offset: number, size: number, signed = 0): string =>
    `\tfield:${declaration};\toffset:${offset};\tsize:${size};\tsigned:${signed};\n`;
  return (
    `name: dma_fence_init\nID: ${eventId}\nformat:\n` +
    field("unsigned short common_type", 0, 2) +
    field("unsigned char common_flags", 2, 1) +
    field("unsigned char common_preempt_count", 3, 1) +
    field("int common_pid", 4, 4, 1) +
    "\n" +
    field("__data_loc char[] driver", 8, 4) +
    field("__data_loc char[] timeline", 12, 4) +
    field("unsigned int context", 16, 4) +
    field("unsigned int seqno", 20, 4) +
    '\nprint fmt: "driver=%s", __get_str(driver)\n'
  );
}

function record(e: WrittenEvent, big: boolean): Buffer {
  const driver = Buffer.from(`${e.driver}\0`);
  const out = new Out(big).int(eventId, 2).int(1, 1).int(0, 1).int(e.pid, 4);
  out.int((driver.length * 0x10000 + 24) >>> 0, 4).int(0x10000 + 24 + driver.length - 1, 4);
  out.int(e.context, 4).int(e.seqno, 4).bytes(driver);
  while (out.length % 4 !== 0) out.int(0, 1);
  return out.done();
}

/** Pages of one CPU: a page is closed when the next event does not fit. */
function pages(events: readonly WrittenEvent[], o: WriteOptions): Buffer {
  const head = 8 + o.longSize;
  const all: Buffer[] = [];
  let body = new Out(o.big);
  let start = 0;
  let last = 0;
  const close = (): void => {
    if (body.length === 0) return;
    const page = new Out(o.big).int(start, 8).int(body.length, o.longSize).bytes(body.done());
    while (page.length < o.pageSize) page.bytes(Buffer.alloc(o.pageSize - page.length));
    all.push(page.done());
    body = new Out(o.big);
  };
  for (const e of events) {
    const data = record(e, o.big);
    const long = data.length / 4 > 28;
    const size = data.length + (long ? 8 : 4) + 8;
    if (body.length > 0 && head + body.length + size > o.pageSize) close();
    if (body.length === 0) {
      start = e.time;
      last = e.time;
    }
    let delta = e.time - last;
    last = e.time;
    const word = (type: number, rest: number): number =>
      o.big ? type * 2 ** 27 + rest : rest * 32 + type;
    if (delta >= 2 ** 27) {
      body.int(word(30, delta % 2 ** 27), 4).int(Math.floor(delta / 2 ** 27), 4);
      delta = 0;
    }
    body.int(word(long ? 0 : data.length / 4, delta), 4);
    if (long) body.int(data.length + 4, 4);
    body.bytes(data);
  }
  close();
  return Buffer.concat(all);
}

export function writeTraceDat(events: readonly WrittenEvent[], o: WriteOptions): Uint8Array {
  const data = Array.from({ length: o.cpus }, (_, cpu) =>
    pages(
      events.filter((e) => e.cpu === cpu),
      o,
    ),
  );
  const headerPage =
    "\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n" +
    `\tfield: local_t commit;\toffset:8;\tsize:${o.longSize};\tsigned:1;\n` +
    `\tfield: char data;\toffset:${8 + o.longSize};\tsize:${o.pageSize - 8 - o.longSize};\tsigned:0;\n`;
  const headerInfo = new Out(o.big)
    .text("header_page\0")
    .int(headerPage.length, 8)
    .text(headerPage)
    .text("header_event\0")
    .int(0, 8)
    .done();
  const eventFormats = new Out(o.big).int(1, 4).text("dma_fence\0").int(1, 4);
  eventFormats.int(format().length, 8).text(format());
  const comms = "7 a task\n8 [001] d..1\n";
  const head = new Out(o.big).bytes(Buffer.from([0x17, 0x08, 0x44])).text(`tracing${o.version}\0`);
  head
    .int(o.big ? 1 : 0, 1)
    .int(o.longSize, 1)
    .int(o.pageSize, 4);
  if (o.version === 6) {
    head.bytes(headerInfo).int(0, 4).bytes(eventFormats.done()).int(0, 4).int(0, 4);
    head.int(comms.length, 8).text(comms).int(o.cpus, 4).text("options  \0");
    head.int(4, 2).int(8, 4).text("[mono] \0").int(0, 2).text("flyrecord\0");
    let at = Math.ceil((head.length + 16 * o.cpus) / o.pageSize) * o.pageSize;
    const first = at;
    for (const cpu of data) {
      head.int(at, 8).int(cpu.length, 8);
      at += cpu.length;
    }
    head.bytes(Buffer.alloc(first - head.length));
    for (const cpu of data) head.bytes(cpu);
    return head.done();
  }
  head.text(`${o.compression}\0${o.compression === "none" ? "" : "1.3"}\0`);
  const rest = new Out(o.big);
  const base = head.length + 8;
  const section = (id: number, body: Buffer): number => {
    const at = base + rest.length;
    const packed = o.compression !== "none" && id !== 0;
    rest
      .int(id, 2)
      .int(packed ? 1 : 0, 2)
      .int(0, 4);
    if (!packed) rest.int(body.length, 8).bytes(body);
    else {
      const z = deflateSync(body);
      rest
        .int(z.length + 8, 8)
        .int(z.length, 4)
        .int(body.length, 4)
        .bytes(z);
    }
    return at;
  };
  const info = section(16, headerInfo);
  const formats = section(18, eventFormats.done());
  const names = section(21, new Out(o.big).int(comms.length, 8).text(comms).done());
  const fly = base + rest.length;
  rest
    .int(3, 2)
    .int(o.compression === "none" ? 0 : 1, 2)
    .int(0, 4)
    .int(0, 8);
  const places = data.map((cpu) => {
    const at = base + rest.length;
    if (o.compression === "none") rest.bytes(cpu);
    else {
      const chunks: Buffer[] = [];
      for (let n = 0; n < cpu.length; n += 2 * o.pageSize) {
        chunks.push(cpu.subarray(n, n + 2 * o.pageSize));
      }
      rest.int(chunks.length, 4);
      for (const chunk of chunks) {
        const z = deflateSync(chunk);
        rest.int(z.length, 4).int(chunk.length, 4).bytes(z);
      }
    }
    return { at, size: base + rest.length - at };
  });
  const buffer = new Out(o.big).int(fly, 8).text("\0mono\0").int(o.pageSize, 4).int(o.cpus, 4);
  places.forEach(({ at, size }, cpu) => buffer.int(cpu, 4).int(at, 8).int(size, 8));
  // Two sections of options: the first leads to the second.
  const second = new Out(o.big).int(3, 2).int(buffer.length, 4).bytes(buffer.done());
  const secondAt = section(0, second.int(0, 2).int(8, 4).int(0, 8).done());
  const options = new Out(o.big);
  for (const [id, at] of [
    [16, info],
    [18, formats],
    [21, names],
  ]) {
    options.int(id, 2).int(8, 4).int(at, 8);
  }
  const first = section(0, options.int(0, 2).int(8, 4).int(secondAt, 8).done());
  return head.int(first, 8).bytes(rest.done()).done();
}
