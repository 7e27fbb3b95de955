/** Words that make the whole name secret, wherever they stand in it. */
const ANYWHERE: ReadonlySet<string> = new Set(['password', 'passwd', 'passphrase', 'secret'])
/** Words that do when they are the last: `authToken` is secret, `tokenLifeMs` is not. */
const LAST: ReadonlySet<string> = new Set([
  ...ANYWHERE,
  'pwd',
  'pass',
  'token',
  'authorization',
  'auth',
  'cookie',
  'credential',
  'login',
  'mnemonic',
  'signature',
  'sig',
])
/** The same of two words: `apiKey` is secret, `apiKeyIndex` and `publicKey` are not. */
const LAST_PAIRS: ReadonlySet<string> = new Set([
  'api key',
  'private key',
  'signing key',
  'ethereum key',
  'webhook url',
  'tx info',
])

/** So many names are judged once; a program has some hundred. */
const MOST_REMEMBERED = 2_000

const judged = new Map<string, boolean>()

/** True for the name of a field that is secret whatever it holds: `password`, `api_key`, `x-auth-token`, `signatures`. */
export function isSecretName(name: string): boolean {
  const known = judged.get(name)
  if (known !== undefined) return known
  const isSecret = judge(name)
  if (judged.size < MOST_REMEMBERED && name.length < 100) judged.set(name, isSecret)
  return isSecret
}

function judge(name: string): boolean {
  const words = name
    .slice(0, 200)
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
    .map((word) => word.replace(/(?<=[a-rt-z])s$/, ''))
  const [last = ''] = words.slice(-1)
  return (
    words.some((word) => ANYWHERE.has(word)) ||
    LAST.has(last) ||
    LAST_PAIRS.has(words.slice(-2).join(' ')) ||
    LAST.has(name.toLowerCase()) ||
    /^(?:api|private)keys?$/.test(last)
  )
}
