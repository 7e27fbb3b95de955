/** What `hedgebot sim --help` says below its options: defaults, markets, candles, faults, control. */
export const SIM_HELP = `
Without options: any free port, 20 accounts of 4 owners, 1,000 USDC each, seed 1, the real exchange's limits and delays.
  Nothing is kept: the next start is another exchange with other keys. --write-config and --write-owners overwrite
  nothing. Ctrl-C ends it with exit code 0.

Markets (the same --seed gives the same prices):
  calm    under one percent within hours
  trend   legs of half an hour, 3 to 10 percent each, up and down in turn
  jump    a jump of up to 3 percent every five minutes, books thin for 20 seconds
  crash   after one minute and then every 20: depth vanishes, the book falls 8 to 12 percent while index and mark lose
          4 to 7 (every other time the mark falls first); heals within minutes
  With a symbol for one market only (--market BTC=crash); without, for all that have no --path and no name of their own.

Candles: columns time, open, high, low, close under their usual names; comma, semicolon or tab; oldest or newest first;
  times as ISO text (UTC) or a number since 1970. Inside a candle the price visits the nearer of high and low first.
  The market starts at the file's first price and stands still after its last.

--speed makes prices run faster, not the exchange's clock: deadlines, delays, limits and hourly funding stay.

--control answers GET /help with what it can do: prices, books, markets, accounts, faults, sockets while it runs.

Faults: KIND[:PARAMETER][:RATIO][@KEY=VALUE,...]   RATIO: chance at each occasion, 1 by default
  unreachable            no connection is made
  lost-request           the request never arrives; cut-request: and its connection breaks
  lost-answer            it is carried out but the answer never comes; cut-answer: and its connection breaks
  delay:50-400           milliseconds on the way there; delay-answer: back; delay-frames: of a socket
  http:503               this answer instead of handling it; http-after: after handling it
                         (403, 405, 429, 500, 502, 503, html, garbage)
  restricted             refused as from a restricted country
  maintenance            the exchange is down for maintenance
  reject:21739           transactions are refused with a code; sequencer-refusal: accepted first, refused later
  duplicate-frames       socket frames come twice
  half-open              a socket stays open but nothing passes; silent: nothing comes; drop: it breaks
  clock-skew:-1500       the exchange's clock is off by this much
  thin-book:0.05         books show this share of their depth
  drain:90               collateral disappears, once, from account=INDEX
  Keys: account, ip, endpoint (sendTx, stream), channel, times=N, at=60s or from=60s, for=30s or until=90s
  Examples: lost-answer:0.1   maintenance@at=60s,for=30s   reject:21739@account=3   half-open@at=30s,times=1`
