/**
 * Waits until all have ended, also when one fails: a hedge that is being closed must not be left alone because another
 * one met an error.
 * @throws the first error, after the last one has ended
 */
export async function allEnds<T>(works: readonly Promise<T>[]): Promise<readonly T[]> {
  const ends = await Promise.allSettled(works)
  return ends.map((end) => {
    if (end.status === 'rejected') throw end.reason
    return end.value
  })
}
