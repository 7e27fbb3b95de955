/** Configurations as users write them, with nothing in them that is secret. */

/** The sample of the user's document: placeholder keys, repeated indexes, three proxies. */
export function sampleConfig(accounts: number): string {
  const entries = Array.from({ length: accounts }, (_, at) => [
    `  - account_name: "account_${at + 1}"`,
    `    api_key: "your_private_key_${at + 1}"`,
    '    account_index: 0',
    '    api_key_index: 0',
    '    network: "mainnet"',
    `    proxy: "proxy_${(at % 3) + 1}"`,
  ])
  return [
    'trading_pair: "BTC"',
    'leverage: 10',
    'position_size: 0.001',
    'stop_loss_threshold: 100',
    'proxy_pool:',
    '  - { name: "proxy_1", host: "127.0.0.1", port: 1080 }',
    '  - { name: "proxy_2", host: "127.0.0.1", port: 1081, username: "u", password: "env:NO_SUCH" }',
    '  - { name: "proxy_3", host: "127.0.0.1", port: 1082 }',
    'notification:',
    '  email:',
    '    enabled: false',
    '    smtp_server: "smtp.gmail.com"',
    '    smtp_port: 587',
    '    sender: "your_email@gmail.com"',
    '    recipient: "recipient@gmail.com"',
    '    username: "your_email@gmail.com"',
    '    password: "your_app_password"',
    'api_credentials:',
    ...entries.flat(),
    '',
  ].join('\n')
}

/** A pair on mainnet whose stop is near, with keys and logins that this machine does not have. */
export function pairConfig(extra = ''): string {
  const entries = ['long_one', 'short_one'].map((name, at) => [
    `  - account_name: ${name}`,
    `    api_key: env:NO_SUCH_KEY_${at}`,
    `    account_index: ${100 + at}`,
    '    api_key_index: 4',
    '    network: mainnet',
  ])
  return [
    'trading_pair: BTC',
    'leverage: 10',
    'position_size: 0.01',
    'stop_loss_threshold: 10',
    'notification:',
    '  email: { smtp_server: mail.invalid, sender: me@a.invalid, recipient: you@a.invalid, username: me, password: file:no-such-file }',
    '  telegram: { bot_token: env:NO_SUCH_TOKEN, chat_id: "1" }',
    'api_credentials:',
    ...entries.flat(),
    extra,
    '',
  ].join('\n')
}
