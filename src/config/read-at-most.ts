import type { FileHandle } from 'node:fs/promises'

/**
 * The bytes of an open file; undefined when there are more. A size is no help: a device or a pipe has none and may not
 * end (`--config /dev/zero`).
 */
export async function readAtMost(
  handle: FileHandle,
  mostBytes: number,
): Promise<Buffer | undefined> {
  const bytes = Buffer.alloc(mostBytes + 1)
  let length = 0
  while (length < bytes.length) {
    const { bytesRead } = await handle.read(bytes, length, bytes.length - length, null)
    if (bytesRead === 0) return bytes.subarray(0, length)
    length += bytesRead
  }
  return undefined
}
