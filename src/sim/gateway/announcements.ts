/**
 * What the venue announces to everybody (PROTOCOL.md section 2.1, announcement, and section 8.3, notification). Nothing
 * is announced by itself: a control surface does it.
 * @module
 */
import type { WireObject } from './wire-json.ts'

/** Announcements that are kept; the oldest give way. */
const MAX_KEPT = 100

/** An announcement as it was made; times in milliseconds since 1970 on the venue's clock. */
export interface Announcement {
  readonly title: string
  readonly content: string
  readonly createdMs: number
  /** From then on it is no longer shown. */
  readonly expiresMs: number
}

/** An announcement as one account sees it (PROTOCOL.md section 8.3, notification). */
export interface AnnouncementNotice {
  /** `ann:1`, after the pattern of the one documented id, `liq:17:5898`. */
  readonly id: string
  readonly announcement: Announcement
  /** When the account acknowledged it; undefined before. */
  readonly ackedMs: number | undefined
}

export interface Announcements {
  /** Keeps it and tells whoever watches. */
  add(announcement: Announcement): void
  /** Those that have not expired, newest first (PROTOCOL.md section 2.1, announcement). */
  current(nowMs: number): readonly Announcement[]
  /** The current ones as the account sees them, newest first. */
  noticesFor(accountIndex: number, nowMs: number): readonly AnnouncementNotice[]
  /** Marks one as read by the account, once; false when there is no current one with this id. */
  acknowledge(accountIndex: number, id: string, nowMs: number): boolean
}

interface Kept {
  readonly id: string
  readonly announcement: Announcement
  /** When it was acknowledged, by account. */
  readonly ackedMs: Map<number, number>
}

/** Creates an empty list (PROTOCOL.md section 2.1, announcement); `onAdded` is called for each new one. */
export function createAnnouncements(onAdded: (id: string) => void): Announcements {
  let kept: readonly Kept[] = []
  let nextId = 1
  const currentOf = (nowMs: number) =>
    kept.filter(({ announcement: { expiresMs } }) => nowMs < expiresMs)
  return {
    add(announcement) {
      const id = `ann:${nextId++}`
      kept = [{ id, announcement, ackedMs: new Map<number, number>() }, ...kept].slice(0, MAX_KEPT)
      onAdded(id)
    },
    current: (nowMs) => currentOf(nowMs).map(({ announcement }) => announcement),
    noticesFor: (accountIndex, nowMs) =>
      currentOf(nowMs).map(({ id, announcement, ackedMs }) => ({
        id,
        announcement,
        ackedMs: ackedMs.get(accountIndex),
      })),
    acknowledge(accountIndex, id, nowMs) {
      const found = currentOf(nowMs).find((known) => known.id === id)
      if (found === undefined) return false
      if (!found.ackedMs.has(accountIndex)) found.ackedMs.set(accountIndex, nowMs)
      return true
    },
  }
}

/** A row of `announcement`; times in seconds (PROTOCOL.md section 2.1). */
export function announcementJson(announcement: Announcement): WireObject {
  return {
    title: announcement.title,
    content: announcement.content,
    created_at: seconds(announcement.createdMs),
    expired_at: seconds(announcement.expiresMs),
  }
}

/** A row of `notification` (PROTOCOL.md section 8.3); what is in `content` is not described: here the row of the list. */
export function announcementNoticeJson(
  accountIndex: number,
  { id, announcement, ackedMs }: AnnouncementNotice,
): WireObject {
  const { createdMs } = announcement
  const timeText = (ms: number) => new Date(ms).toISOString()
  return {
    id,
    created_at: timeText(createdMs),
    updated_at: timeText(ackedMs ?? createdMs),
    kind: 'announcement',
    account_index: accountIndex,
    content: announcementJson(announcement),
    ack: ackedMs !== undefined,
    acked_at: ackedMs === undefined ? null : timeText(ackedMs),
  }
}

function seconds(ms: number): number {
  return Math.trunc(ms / 1_000)
}
