import type { Socket } from 'node:net'

/**
 * Reads from a socket until `measure` knows how long the answer is and that many bytes are there; what follows goes
 * back into the socket. Rejects with what `measure` throws, with the socket's error, or with undefined when the socket
 * was just closed; the caller destroys the socket then.
 */
export function readAnswer(
  socket: Socket,
  measure: (received: Buffer) => number | undefined,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let received: Buffer = Buffer.alloc(0)
    const stop = (): void => {
      socket.off('readable', onReadable)
      socket.off('end', onClosed).off('close', onClosed).off('error', onError)
    }
    const onError = (error: unknown): void => {
      stop()
      reject(error)
    }
    const onClosed = (): void => onError(undefined)
    // Not by `data`: a socket that was paused once stays so under the next reader, who may not know of it.
    const onReadable = (): void => {
      const chunk = socket.read() as Buffer | null
      if (chunk === null) return
      received = Buffer.concat([received, chunk])
      try {
        const length = measure(received)
        if (length === undefined || received.length < length) return
        stop()
        if (received.length > length) socket.unshift(received.subarray(length))
        resolve(received.subarray(0, length))
      } catch (error) {
        onError(error)
      }
    }
    socket.on('end', onClosed).on('close', onClosed).on('error', onError)
    socket.on('readable', onReadable)
    onReadable()
  })
}
