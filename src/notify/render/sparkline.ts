import type { CoursePoint, CourseShape } from './read-course.ts'

const LEVELS = Array.from('▁▂▃▄▅▆▇█')
/** What a phone's chat shows in one line of fixed width. */
const MOST_CHARACTERS = 32

/**
 * A course in one line of block characters, lowest to highest; zero is within the scale, gaps are `?`. Where there are more
 * bars than fit, neighbours become one by their mean: a picture, whose numbers stand beside it.
 */
export function drawSparkline({ points, topHeight, bottomHeight }: CourseShape): string {
  const size = Math.max(1, Math.ceil(points.length / MOST_CHARACTERS))
  const count = Math.ceil(points.length / size)
  const span = topHeight - bottomHeight
  return Array.from({ length: count }, (_, at) => {
    const height = meanHeight(points.slice(at * size, (at + 1) * size))
    if (height === undefined) return '?'
    const share = span === 0 ? 0 : (height - bottomHeight) / span
    return LEVELS[Math.min(LEVELS.length - 1, Math.floor(share * LEVELS.length))] ?? '?'
  }).join('')
}

function meanHeight(points: readonly CoursePoint[]): number | undefined {
  const seen = points.flatMap(({ height }) => (height === undefined ? [] : [height]))
  if (seen.length === 0) return undefined
  return seen.reduce((sum, height) => sum + height / seen.length, 0)
}
