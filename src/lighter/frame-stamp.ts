import type { ClockOffset } from './clock-offset.ts'
import type { VenueFrame } from './socket-session.ts'

/** Takes the venue's time of publishing from a frame that tells it in milliseconds. */
export function sampleFrameStamp(frame: VenueFrame, clockOffset: ClockOffset): void {
  const stamp = frameStampMs(frame)
  if (stamp !== undefined) clockOffset.sampleStamp(stamp)
}

/** The venue's time of publishing; undefined when the frame does not tell it in milliseconds. */
export function frameStampMs(frame: VenueFrame): number | undefined {
  const stamp = frame['timestamp']
  // Seconds would be an offset of up to a second; microseconds have 16 digits.
  return typeof stamp === 'number' && stamp > 1e12 && stamp < 1e13 ? stamp : undefined
}
