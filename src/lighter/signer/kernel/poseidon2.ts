// Poseidon2 over GF(p), width 12, rate 8 (CRYPTO.md section 4; constants from its vectors). State words are any words
// inside the permutation and canonical on the way out.

import { canonical, EPSILON, multiplyAddLoose, multiplyLoose, reduceWide } from './goldilocks'
import { STATE } from './layout'

const WIDTH: usize = 12
const FULL_ROUNDS_HALF: usize = 4
const PARTIAL_ROUNDS: usize = 22

const EXTERNAL = memory.data<u64>([
  15492826721047263190, 11728330187201910315, 8836021247773420868, 16777404051263952451,
  5510875212538051896, 6173089941271892285, 2927757366422211339, 10340958981325008808,
  8541987352684552425, 9739599543776434497, 15073950188101532019, 12084856431752384512,
  4584713381960671270, 8807052963476652830, 54136601502601741, 4872702333905478703,
  5551030319979516287, 12889366755535460989, 16329242193178844328, 412018088475211848,
  10505784623379650541, 9758812378619434837, 7421979329386275117, 375240370024755551,
  3331431125640721931, 15684937309956309981, 578521833432107983, 14379242000670861838,
  17922409828154900976, 8153494278429192257, 15904673920630731971, 11217863998460634216,
  3301540195510742136, 9937973023749922003, 3059102938155026419, 1895288289490976132,
  5580912693628927540, 10064804080494788323, 9582481583369602410, 10186259561546797986,
  247426333829703916, 13193193905461376067, 6386232593701758044, 17954717245501896472,
  1531720443376282699, 2455761864255501970, 11234429217864304495, 4746959618548874102,
  13571697342473846203, 17477857865056504753, 15963032953523553760, 16033593225279635898,
  14252634232868282405, 8219748254835277737, 7459165569491914711, 15855939513193752003,
  16788866461340278896, 7102224659693946577, 3024718005636976471, 13695468978618890430,
  8214202050877825436, 2670727992739346204, 16259532062589659211, 11869922396257088411,
  3179482916972760137, 13525476046633427808, 3217337278042947412, 14494689598654046340,
  15837379330312175383, 8029037639801151344, 2153456285263517937, 8301106462311849241,
  13294194396455217955, 17394768489610594315, 12847609130464867455, 14015739446356528640,
  5879251655839607853, 9747000124977436185, 8950393546890284269, 10765765936405694368,
  14695323910334139959, 16366254691123000864, 15292774414889043182, 10910394433429313384,
  17253424460214596184, 3442854447664030446, 3005570425335613727, 10859158614900201063,
  9763230642109343539, 6647722546511515039, 909012944955815706, 18101204076790399111,
  11588128829349125809, 15863878496612806566, 5201119062417750399, 176665553780565743,
])
const INTERNAL = memory.data<u64>([
  11921381764981422944, 10318423381711320787, 8291411502347000766, 229948027109387563,
  9152521390190983261, 7129306032690285515, 15395989607365232011, 8641397269074305925,
  17256848792241043600, 6046475228902245682, 12041608676381094092, 12785542378683951657,
  14546032085337914034, 3304199118235116851, 16499627707072547655, 10386478025625759321,
  13475579315436919170, 16042710511297532028, 1411266850385657080, 9024840976168649958,
  14047056970978379368, 838728605080212101,
])
const DIAGONAL = memory.data<u64>([
  14102670999874605824, 15585654191999307702, 940187017142450255, 8747386241522630711,
  6750641561540124747, 7440998025584530007, 6136358134615751536, 12413576830284969611,
  11675438539028694709, 17580553691069642926, 892707462476851331, 15167485180850043744,
])

/** Replaces the state by its permutation. */
export function permute(): void {
  externalLayer()
  fullRounds(EXTERNAL)
  for (let round: usize = 0; round < PARTIAL_ROUNDS; round++) {
    store<u64>(STATE, sbox(plus(load<u64>(STATE), load<u64>(INTERNAL + (round << 3)))))
    internalLayer()
  }
  fullRounds(EXTERNAL + FULL_ROUNDS_HALF * WIDTH * 8)
  for (let at: usize = 0; at < WIDTH * 8; at += 8) {
    store<u64>(STATE + at, canonical(load<u64>(STATE + at)))
  }
}

/** Hashes `count` words (CRYPTO.md 4.1: overwriting, no padding); the result is the start of the state. */
export function absorb(words: usize, count: i32): void {
  memory.fill(STATE, 0, WIDTH * 8)
  while (count > 0) {
    const block = min(count, 8)
    memory.copy(STATE, words, usize(block) << 3)
    permute()
    words += usize(block) << 3
    count -= block
  }
}

function fullRounds(constants: usize): void {
  for (let round: usize = 0; round < FULL_ROUNDS_HALF; round++) {
    for (let at: usize = 0; at < WIDTH * 8; at += 8) {
      store<u64>(STATE + at, sbox(plus(load<u64>(STATE + at), load<u64>(constants + at))))
    }
    externalLayer()
    constants += WIDTH * 8
  }
}

/** Any word + canonical -> any word. */
// @inline
function plus(a: u64, b: u64): u64 {
  const sum = a + b
  return sum + (EPSILON & -u64(sum < b))
}

/** a^7. */
// @inline
function sbox(a: u64): u64 {
  const square = multiplyLoose(a, a)
  const fourth = multiplyLoose(square, square)
  return multiplyLoose(multiplyLoose(square, a), fourth)
}

/** The words in 32-bit halves, so that the small sums of the external layer cannot overflow. */
// @inline
function low(at: usize): u64 {
  return load<u64>(STATE + at) & EPSILON
}

// @inline
function high(at: usize): u64 {
  return load<u64>(STATE + at) >> 32
}

/** low + 2^32 high of sums below 2^40 -> any word. */
// @inline
function join(low: u64, high: u64): u64 {
  const shifted = high << 32
  const sum = low + shifted
  return reduceWide(sum, (high >> 32) + u64(sum < shifted))
}

/** M4 on each group of four, then every word plus the sum of its column. */
function externalLayer(): void {
  for (let group: usize = 0; group < 96; group += 32) {
    multiplyGroup(group)
  }
  for (let column: usize = 0; column < 32; column += 8) {
    const lows = low(column) + low(column + 32) + low(column + 64)
    const highs = high(column) + high(column + 32) + high(column + 64)
    for (let at = column; at < 96; at += 32) {
      store<u64>(STATE + at, join(low(at) + lows, high(at) + highs))
    }
  }
}

/** Rows 2 3 1 1 / 1 2 3 1 / 1 1 2 3 / 3 1 1 2: the sum of all, the own word, twice the next. */
// @inline
function multiplyGroup(at: usize): void {
  const l0 = low(at)
  const l1 = low(at + 8)
  const l2 = low(at + 16)
  const l3 = low(at + 24)
  const h0 = high(at)
  const h1 = high(at + 8)
  const h2 = high(at + 16)
  const h3 = high(at + 24)
  const lows = l0 + l1 + l2 + l3
  const highs = h0 + h1 + h2 + h3
  store<u64>(STATE + at, join(lows + l0 + (l1 << 1), highs + h0 + (h1 << 1)))
  store<u64>(STATE + at, join(lows + l1 + (l2 << 1), highs + h1 + (h2 << 1)), 8)
  store<u64>(STATE + at, join(lows + l2 + (l3 << 1), highs + h2 + (h3 << 1)), 16)
  store<u64>(STATE + at, join(lows + l3 + (l0 << 1), highs + h3 + (h0 << 1)), 24)
}

/** Every word times its diagonal constant plus the sum of all. */
function internalLayer(): void {
  let lows: u64 = 0
  let highs: u64 = 0
  for (let at: usize = 0; at < WIDTH * 8; at += 8) {
    lows += low(at)
    highs += high(at)
  }
  const sum = join(lows, highs)
  for (let at: usize = 0; at < WIDTH * 8; at += 8) {
    store<u64>(STATE + at, multiplyAddLoose(load<u64>(STATE + at), load<u64>(DIAGONAL + at), sum))
  }
}
