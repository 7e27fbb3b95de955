/**
 * Rules about the ways to reach the owner, checked on whatever is well formed.
 * @module
 */

import { isLoopbackUrl } from './endpoints.ts'
import type { Findings } from './findings.ts'
import type { Secrets } from './read-secrets.ts'
import type { Secret } from './secret.ts'
import { suggest } from './suggest.ts'
import { shorten } from './yaml-number.ts'
import { listAt, renderPath, textAt, valueAt } from './yaml-tree.ts'
import type { TreePath } from './yaml-tree.ts'

/** Applies the rules about notifications. */
export function checkNotification(root: unknown, secrets: Secrets, findings: Findings): void {
  const email = ['notification', 'email']
  const hasRecipient = listAt(root, [...email, 'recipients']).length > 0
  if (
    valueAt(root, email) !== undefined &&
    valueAt(root, [...email, 'recipient']) === undefined &&
    !hasRecipient
  ) {
    findings.error(email, {
      code: 'missing',
      message: 'recipient is missing',
      hint: 'add recipient, or a list under recipients',
    })
  }
  if (isOn(root, email) && isPlaceholder(secrets.get(renderPath([...email, 'password'])))) {
    findings.warn([...email, 'password'], {
      code: 'placeholder_password',
      message: 'this is the placeholder of the sample: no mail can be sent',
      hint: 'set the password, or enabled: false',
    })
  }
  checkChannelProxies(root, findings)
  for (const index of listAt(root, ['notification', 'webhook']).keys()) {
    checkWebhook(root, ['notification', 'webhook', index], { secrets, findings })
  }
}

/** A channel through a proxy that is not there would never send. */
function checkChannelProxies(root: unknown, findings: Findings): void {
  const names = listAt(root, ['proxy_pool']).flatMap((entry) => textAt(entry, ['name']) ?? [])
  const webhooks = listAt(root, ['notification', 'webhook']).map((_, index) => ['webhook', index])
  for (const channel of [['email'], ['telegram'], ...webhooks]) {
    const path = ['notification', ...channel, 'proxy']
    const proxy = textAt(root, path)
    if (proxy === undefined || proxy === 'direct' || names.includes(proxy)) continue
    const meant = suggest(proxy, names)
    findings.error(path, {
      code: 'unknown_proxy',
      message: `${shorten(proxy, '"')} is not in proxy_pool, allowed: ${[...names, 'direct'].map((name) => shorten(name)).join(', ')}`,
      hint: meant === undefined ? 'add it to proxy_pool' : `did you mean ${meant}?`,
    })
  }
}

interface Found {
  readonly secrets: Secrets
  readonly findings: Findings
}

function checkWebhook(root: unknown, path: TreePath, { secrets, findings }: Found): void {
  if (!isOn(root, path)) return
  const url = secrets.get(renderPath([...path, 'url']))?.reveal()
  if (url === undefined) return
  if (!URL.canParse(url) || !/^https?:/i.test(url)) {
    findings.error([...path, 'url'], {
      code: 'bad_address',
      message: 'this is not an http:// or https:// address',
      hint: 'copy the whole address; it stays hidden, since it usually contains a token',
    })
  } else if (!/^https:/i.test(url) && !isLoopbackUrl(url)) {
    findings.warn([...path, 'url'], {
      code: 'no_tls',
      message: 'messages would travel without encryption',
      hint: 'use https://',
    })
  }
}

function isOn(root: unknown, path: TreePath): boolean {
  return valueAt(root, [...path, 'enabled']) !== false
}

/** Only asked about what is enabled: then every secret that is there could be read. */
function isPlaceholder(secret: Secret | undefined): boolean {
  return secret?.reveal().startsWith('your_') === true
}
