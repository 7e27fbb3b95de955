/**
 * Who was hedged with whom, from evidence alone. Strongest first: the configuration, then stops that rest at the same
 * levels, then equal sizes opened together. Between several candidates nothing is guessed.
 * @module
 */
import type { OwnPosition } from './adopt-evidence.ts'
import { signedBase } from './side.ts'
import type { Dec } from './decimal.ts'
import { sumDec } from './decimal.ts'

/** Legs of one hedge are opened within the naked deadline of each other, a few seconds. */
const TOGETHER_MS = 5_000

/** No opening takes so long: accounts whose first fills are further apart were not opened as one hedge. */
const APART_MS = 60_000

/** Accounts that the configuration hedges with each other, and whether all of them can be judged. */
export interface ConfiguredSet {
  readonly name: string
  /** Names, in config order. */
  readonly longs: readonly string[]
  readonly shorts: readonly string[]
  /** Members that could not be read. */
  readonly unknown: readonly string[]
  /** Members that are neither flat nor ours nor in another hedge: what they hold may belong to it. */
  readonly unclear: readonly string[]
}

/** Why the positions are taken for one hedge. */
export type AdoptionEvidence = 'configured' | 'same_stops' | 'opened_together'

/** Positions that belong together. */
export interface AdoptionPair {
  /** The configured one; undefined: named after its accounts. */
  readonly name: string | undefined
  readonly evidence: AdoptionEvidence
  readonly members: readonly OwnPosition[]
}

/** What is known of everybody else. */
export interface PairingOptions {
  readonly sets: readonly ConfiguredSet[]
  /** Some account could not be read: it may be the partner that another one seems to be. */
  readonly hasUnknown: boolean
  /** Some account holds what may belong to a hedge of ours: an uneven pair may have its third there. */
  readonly hasUnclear: boolean
}

/** Pairs and what is left, with the candidates that each of the rest has. */
export interface PairedPositions {
  readonly pairs: readonly AdoptionPair[]
  readonly rest: readonly {
    readonly position: OwnPosition
    readonly candidates: readonly string[]
  }[]
}

/** Pairs positions of one market, given in config order; each is in one pair at most. */
export function pairPositions(
  positions: readonly OwnPosition[],
  options: PairingOptions,
): PairedPositions {
  const configured = options.sets.flatMap((set) => configuredPair(positions, set) ?? [])
  const pairs = configured.filter((pair) => !configured.some((other) => isRival(pair, other)))
  let pool = without(positions, pairs)
  while (!options.hasUnknown) {
    const found = firstEvidence(pool, options)
    if (found.length === 0) break
    pairs.push(...found)
    pool = without(pool, found)
  }
  const unsure = pairs.filter((pair) => mayLackOneOf(pool, pair))
  const sure = pairs.filter((pair) => !unsure.includes(pair))
  const rest = without(positions, sure)
  return {
    pairs: sure,
    rest: rest.map((position) => {
      const pair = unsure.find(({ members }) => members.includes(position))
      const isCandidate = (other: OwnPosition) =>
        isPossible(position, other) || (pair !== undefined && other.side !== position.side)
      return { position, candidates: rest.filter(isCandidate).map(({ account }) => account.name) }
    }),
  }
}

/** True when two pairs want the same account: neither is sure. */
function isRival(pair: AdoptionPair, other: AdoptionPair): boolean {
  return pair !== other && pair.members.some((member) => other.members.includes(member))
}

/** An uneven pair would shrink: not while somebody of ours stands alone who may be its missing part. */
function mayLackOneOf(pool: readonly OwnPosition[], { members }: AdoptionPair): boolean {
  const net = netOf(members)
  return !net.isZero() && pool.some(({ side }) => (side === 'long') === net.isNegative())
}

/** The members of a configured set, when their positions are divided as the set is. */
function configuredPair(
  positions: readonly OwnPosition[],
  set: ConfiguredSet,
): AdoptionPair | undefined {
  if (set.unknown.length > 0) return undefined
  const of = (names: readonly string[]) =>
    positions.filter(({ account }) => names.includes(account.name))
  const [first, second] = [of(set.longs), of(set.shorts)]
  const [firstSides, secondSides] = [first, second].map(
    (members) => new Set(members.map(({ side }) => side)),
  )
  if (firstSides?.size !== 1 || secondSides?.size !== 1) return undefined
  if (first[0]?.side === second[0]?.side) return undefined
  const members = [...first, ...second]
  if (set.unclear.length > 0 && !isEven(members)) return undefined
  if (isContradicted(members, positions)) return undefined
  return { name: set.name, evidence: 'configured', members }
}

/** True when a member fits somebody outside and none of its partners, by stops or by time: another pairing opened it. */
function isContradicted(
  members: readonly OwnPosition[],
  positions: readonly OwnPosition[],
): boolean {
  const outside = positions.filter((position) => !members.includes(position))
  return members.some((member) => {
    const partners = members.filter(({ side }) => side !== member.side)
    const hasOwnStops = partners.every((other) => hasStops(other) && !hasSameStops(member, other))
    const isOfOtherTime = partners.every((other) => gapMs(member, other) > APART_MS)
    return outside.some(
      (other) =>
        (hasOwnStops && hasSameStops(member, other)) || (isOfOtherTime && isLikely(member, other)),
    )
  })
}

type Edge = (a: OwnPosition, b: OwnPosition) => boolean

/** Of the same strength, what agrees in more is asked first: it tells apart what stops alone do not. */
function firstEvidence(
  pool: readonly OwnPosition[],
  { hasUnclear }: PairingOptions,
): readonly AdoptionPair[] {
  const steps: readonly (readonly [AdoptionEvidence, Edge])[] = [
    ['same_stops', (a, b) => hasSameStops(a, b) && isEqual(a, b) && isTogether(a, b)],
    ['same_stops', (a, b) => hasSameStops(a, b) && isEqual(a, b)],
    ['same_stops', (a, b) => hasSameStops(a, b) && (!hasUnclear || isEqual(a, b))],
    ['opened_together', (a, b) => isLikely(a, b) && !hasTwin(a, pool) && !hasTwin(b, pool)],
  ]
  for (const [evidence, isEdge] of steps) {
    const found = onlyChoices(pool, isEdge)
    if (found.length > 0) {
      return found.map((members) => ({ name: undefined, evidence, members }))
    }
  }
  return []
}

/** Pairs of which each is the other's only candidate. */
function onlyChoices(
  pool: readonly OwnPosition[],
  isEdge: Edge,
): readonly (readonly OwnPosition[])[] {
  const partnersOf = (position: OwnPosition) =>
    pool.filter((other) => other.side !== position.side && isEdge(position, other))
  return pool
    .filter(({ side }) => side === 'long')
    .flatMap((long) => {
      const [short, ...others] = partnersOf(long)
      if (short === undefined || others.length > 0 || partnersOf(short).length > 1) return []
      return [[long, short]]
    })
}

/** Stops of ours say who its partner is, although not clearly: then time says nothing against them. */
function hasTwin(position: OwnPosition, pool: readonly OwnPosition[]): boolean {
  return pool.some((other) => hasSameStops(position, other))
}

function isPossible(a: OwnPosition, b: OwnPosition): boolean {
  return hasSameStops(a, b) || isLikely(a, b)
}

function isLikely(a: OwnPosition, b: OwnPosition): boolean {
  return a.side !== b.side && isEqual(a, b) && isTogether(a, b) && !hasOtherStops(a, b)
}

function hasSameStops(a: OwnPosition, b: OwnPosition): boolean {
  return a.side !== b.side && hasStops(a) && stopKey(a) === stopKey(b)
}

/** One level may be missing; what both have must agree. */
function hasOtherStops(a: OwnPosition, b: OwnPosition): boolean {
  return (['stopDown', 'stopUp'] as const).some((level) => {
    const [one, other] = [a[level], b[level]]
    return one !== undefined && other !== undefined && !one.eq(other)
  })
}

function hasStops({ stopDown, stopUp }: OwnPosition): boolean {
  return stopDown !== undefined || stopUp !== undefined
}

function stopKey({ stopDown, stopUp }: OwnPosition): string {
  return `${stopDown?.toFixed() ?? '-'}/${stopUp?.toFixed() ?? '-'}`
}

function isEqual(a: OwnPosition, b: OwnPosition): boolean {
  return a.baseSize.eq(b.baseSize)
}

function isTogether(a: OwnPosition, b: OwnPosition): boolean {
  return gapMs(a, b) <= TOGETHER_MS
}

/** Not a number when either time is not known: it is neither together nor apart. */
function gapMs(a: OwnPosition, b: OwnPosition): number {
  return Math.abs((a.openedAtMs ?? Number.NaN) - (b.openedAtMs ?? Number.NaN))
}

/** True when the signed sizes add up to zero. */
export function isEven(members: readonly OwnPosition[]): boolean {
  return netOf(members).isZero()
}

function netOf(members: readonly OwnPosition[]): Dec {
  return sumDec(members.map(({ side, baseSize }) => signedBase(side, baseSize)))
}

function without(
  positions: readonly OwnPosition[],
  pairs: readonly AdoptionPair[],
): readonly OwnPosition[] {
  const taken = new Set(pairs.flatMap(({ members }) => members))
  return positions.filter((position) => !taken.has(position))
}
