import type { Hedge } from '../hedge/ledger.ts'
import type { Journal } from '../ports.ts'
import { LIVE, selectHedge } from './hedge-rows.ts'
import { describeOwner, isOwnerAlive, leaseLost } from './owners.ts'
import type { Session } from './session.ts'

/** Whose a hedge is, and which time it is that somebody owns it. */
export interface Ownership {
  readonly hedge_id: string
  readonly owner_id: string | null
  readonly epoch: number
  readonly lease_until_ms: number
}

const OWNERSHIP = 'SELECT hedge_id, owner_id, epoch, lease_until_ms FROM hedges'

/** Leases: who owns a hedge, and how that ends (DESIGN.md section 3, "Lanes, owners, fencing"). */
export function hedgeOwnershipStore(
  session: Session,
): Pick<Journal, 'claimHedge' | 'isOwnerAlive' | 'renewLeases' | 'releaseHedges'> {
  return {
    claimHedge: (hedgeId) => session.write(() => claimHedge(session, hedgeId)),
    isOwnerAlive: (ownerId) => session.read(() => isOwnerAlive(session, ownerId)),
    renewLeases: () => {
      session.write(() => {
        renewLeases(session)
      })
      session.tidy()
    },
    releaseHedges: (hedgeIds) => {
      session.write(() => {
        if (hedgeIds === undefined) releaseHedges(session)
        else for (const hedgeId of hedgeIds) releaseHedge(session, hedgeId)
      })
    },
  }
}

/** The ownership of a hedge, undefined when there is no such hedge. */
export function ownershipOf(session: Session, hedgeId: string): Ownership | undefined {
  return session.sql<Ownership>(`${OWNERSHIP} WHERE hedge_id = ?`).get(hedgeId)
}

/** The live hedge that an account is in: at most one, held by the unique index `legs_live`. */
export function liveHedgeOfAccount(session: Session, accountIndex: number): Ownership | undefined {
  return session
    .sql<Ownership>(
      `${OWNERSHIP} WHERE hedge_id =
         (SELECT hedge_id FROM legs WHERE account_index = ? AND is_live = 1)`,
    )
    .get(accountIndex)
}

/**
 * The fence: whoever acts on a hedge shows in the same transaction that it is still his.
 * @throws HedgebotError kind `busy`, code `lease_lost`
 */
export function requireOwn(session: Session, hedge: Ownership, epoch = hedge.epoch): void {
  if (hedge.owner_id === session.owner.ownerId && hedge.epoch === epoch) return
  throw leaseLost(`hedge ${hedge.hedge_id}`, describeOwner(session, hedge.owner_id))
}

/** Our own hedge only gets a new lease: nobody acted in between, so the epoch stays. */
function claimHedge(session: Session, hedgeId: string): Hedge | undefined {
  const hedge = ownershipOf(session, hedgeId)
  if (hedge === undefined || isHeldByOther(session, hedge)) return undefined
  const isOurs = hedge.owner_id === session.owner.ownerId
  session
    .sql('UPDATE hedges SET owner_id = ?, epoch = ?, lease_until_ms = ? WHERE hedge_id = ?')
    .run(session.owner.ownerId, hedge.epoch + (isOurs ? 0 : 1), leaseEnd(session), hedgeId)
  return selectHedge(session, hedgeId)
}

/** Both must hold: a process that lives, and a lease that it renewed in time. */
function isHeldByOther(session: Session, hedge: Ownership): boolean {
  if (hedge.owner_id === null || hedge.owner_id === session.owner.ownerId) return false
  return hedge.lease_until_ms > session.nowMs() && isOwnerAlive(session, hedge.owner_id)
}

/** A closed hedge is kept too while a transaction for it is unanswered. */
function renewLeases(session: Session): void {
  session.assertFileInPlace()
  const { ownerId } = session.owner
  session
    .sql(
      `UPDATE hedges SET lease_until_ms = ? WHERE owner_id = ?
         AND (${LIVE} OR hedge_id IN (SELECT hedge_id FROM lanes WHERE owner_id = ?))`,
    )
    .run(leaseEnd(session), ownerId, ownerId)
}

function releaseHedges(session: Session): void {
  session
    .sql('UPDATE hedges SET owner_id = NULL, lease_until_ms = 0 WHERE owner_id = ?')
    .run(session.owner.ownerId)
}

function releaseHedge(session: Session, hedgeId: string): void {
  session
    .sql(
      'UPDATE hedges SET owner_id = NULL, lease_until_ms = 0 WHERE owner_id = ? AND hedge_id = ?',
    )
    .run(session.owner.ownerId, hedgeId)
}

/** When a lease given now runs out. */
export function leaseEnd(session: Session): number {
  return session.nowMs() + session.leaseMs
}
