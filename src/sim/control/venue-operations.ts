/**
 * What the venue itself can be made to do: tell everybody something (PROTOCOL.md section 8.3, notification).
 * @module
 */
import type { WireObject } from '../gateway/wire-json.ts'
import type { ControlInput } from './control-input.ts'
import type { ControlOperations, ControlScene } from './control-operation.ts'

/** How long an announcement is shown unless it is said: as long as the documented example. */
const DEFAULT_SHOWN_MS = 600_000_000

/** Operations on the venue as a whole. */
export const VENUE_OPERATIONS: ControlOperations = {
  announce: {
    summary:
      'announces something: shown by GET announcement for as long as "over" (default a week), and told to every account that listens to notification',
    keys: ['title', 'content', 'over'],
    examples: [
      '{"title":"Maintenance","content":"The exchange is down from 12:00 to 12:30 UTC."}',
      '{"title":"Delisting","content":"SOL is halted soon.","over":"30m"}',
    ],
    run: announce,
  },
}

function announce(scene: ControlScene, input: ControlInput): WireObject {
  const title = input.text('title')
  const content = input.text('content')
  const createdMs = scene.nowMs()
  const expiresMs = createdMs + (input.has('over') ? input.durationMs('over') : DEFAULT_SHOWN_MS)
  scene.stage.gateway.announce({ title, content, createdMs, expiresMs })
  return { announced: title, created_at_ms: createdMs, expires_at_ms: expiresMs }
}
