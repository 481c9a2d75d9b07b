"""What the route tables do not say: operation ids, and sentences for people.

A route, tag or error code without its line here stops the generation, and so does a line that
nothing needs any more.
"""

from __future__ import annotations

OPERATION_IDS: dict[str, str] = {
    "POST /v1/payments/sessions": "createSession",
    "POST /v1/payments/event": "createPayment",
    "GET /v1/payments/{checkout_id}": "getPayment",
    "GET /v1/payments/{checkout_id}/qr.svg": "getPaymentCode",
    "GET /v1/payments/{checkout_id}/trail": "getPaymentTrail",
    "POST /v1/payments/{checkout_id}/cancel": "cancelPayment",
    "POST /v1/payments/{checkout_id}/erasure": "eraseCheckout",
    "POST /v1/buyers/erasure": "eraseBuyer",
    "POST /v1/sellers/{seller_id}/bank-accounts/{currency}/erasure": "eraseBankAccount",
    "POST /v1/orders/{order_id}": "createOrder",
    "GET /v1/orders/{order_id}": "getOrder",
    "POST /v1/orders/{order_id}/capture": "captureOrder",
    "POST /v1/orders/{order_id}/cancel": "cancelOrder",
    "POST /v1/orders/{order_id}/deliveries": "createDelivery",
    "POST /v1/orders/{order_id}/refunds": "createRefund",
    "GET /v1/orders/{order_id}/refunds/{refund_id}": "getRefund",
    "POST /v1/ledger": "createJournal",
    "GET /v1/ledger/journals/{ledger_id}": "getJournal",
    "GET /v1/ledger/journals": "listJournals",
    "GET /v1/ledger/trial-balance": "getTrialBalance",
    "GET /v1/ledger/proposals": "listProposals",
    "GET /v1/ledger/proposals/{proposal_id}": "getProposal",
    "POST /v1/ledger/proposals/{proposal_id}/approve": "approveProposal",
    "POST /v1/ledger/proposals/{proposal_id}/cancel": "cancelProposal",
    "POST /v1/wallet": "createWalletEntry",
    "GET /v1/wallets/{seller_id}": "getWallet",
    "GET /v1/wallets/{seller_id}/entries": "listWalletEntries",
    "GET /v1/wallets/{seller_id}/payability": "getPayability",
    "POST /v1/payouts": "createPayout",
    "GET /v1/payouts": "listPayouts",
    "GET /v1/payouts/{payout_id}": "getPayout",
    "GET /v1/payouts/{payout_id}/items": "listPayoutItems",
    "POST /v1/payouts/{payout_id}/approve": "approvePayout",
    "POST /v1/payouts/{payout_id}/cancel": "cancelPayout",
    "POST /v1/sellers/{seller_id}/bank-accounts": "setBankAccount",
    "GET /v1/sellers/{seller_id}/bank-accounts": "listBankAccounts",
    "GET /v1/sellers/{seller_id}/statements/{month}": "getStatement",
    "POST /v1/billing/closes": "createClose",
    "GET /v1/billing/closes/{month}": "getClose",
    "POST /v1/fx/quotes": "createFxQuote",
    "GET /v1/fx/quotes/{quote_id}": "getFxQuote",
    "GET /v1/fx/rates": "listFxRates",
    "POST /v1/fx/revaluations": "revalueFxPositions",
    "GET /v1/audit/findings": "listFindings",
    "POST /v1/audit/findings/{finding_id}/acknowledge": "acknowledgeFinding",
    "GET /v1/analytics/{report}": "getReport",
    "POST /v1/reconciliations": "createReconciliation",
    "GET /v1/reconciliations": "listReconciliations",
    "GET /v1/reconciliations/{run_id}": "getReconciliation",
    "GET /v1/reconciliations/{run_id}/report": "getReconciliationReport",
    "GET /v1/reconciliations/{run_id}/breaks": "listReconciliationBreaks",
    "GET /v1/breaks/{break_id}": "getBreak",
    "POST /v1/breaks/{break_id}/resolve": "resolveBreak",
    "POST /v1/webhooks/{psp}": "receiveWebhook",
    "GET /v1/psps": "listPsps",
    "GET /v1/health": "getHealth",
}
"""Stable names: clients are generated from them, so that renaming one breaks callers."""

REPLAYED = frozenset(
    {"createSession", "createPayment", "createOrder", "createJournal", "createWalletEntry"}
    | {"createDelivery", "createRefund", "createPayout", "setBankAccount", "resolveBreak"}
    | {"createFxQuote", "eraseCheckout", "eraseBuyer", "eraseBankAccount"}
)
"""Operations whose repeat gets the first answer again, marked `Idempotent-Replayed: true`."""

WAITING = frozenset({"createPayment"})
"""Operations that hold the answer back for a caller who sends `Prefer: wait=N`."""

TAGS: dict[str, str] = {
    "payments": "A checkout's money: its session at the PSP, its payment, its trail.",
    "orders": "One seller's part of a checkout, or a payment order that stands alone.",
    "fulfilment": "What follows a capture: deliveries and refunds.",
    "privacy": "Erasing persons on request, while the books stay whole.",
    "ledger": "Journals that balance, and the trial balance over all of them.",
    "proposals": "Bookings by hand that are too large for one person.",
    "wallet": "What sellers are owed, by currency.",
    "payouts": "Sellers' money on its way to their bank accounts.",
    "billing": "What sellers are billed: statements, and the close of a month.",
    "fx": "Reference rates, and quotes that lock one for a checkout.",
    "findings": "What audits found wrong with the books, and who answers for it.",
    "analytics": "Reports over everything that happened, as queries on the lake.",
    "reconciliation": "Our books, the PSP's files and the bank's statements, day by day.",
    "webhooks": "Where PSPs report. Not signed by SigV4 but by the PSP, over the raw bytes.",
    "psps": "The payment service providers: what each takes, and whether it answers.",
    "health": "Whether the API answers, and which version.",
}
"""One tag a function: the service that answers."""

SCHEMA_NAMES: dict[tuple[str, str], str] = {
    # The payment service has models of these names too, with other fields.
    ("orders", "OrderBody"): "LoneOrderBody",
    ("orders", "UserInfo"): "LoneOrderUserInfo",
    ("orders", "PaymentDetails"): "LoneOrderPaymentDetails",
}
"""(function, model) -> its name in the document, where two functions' models share a name."""

ERROR_MEANINGS: dict[str, str] = {
    "amount_mismatch": "The amounts of session, orders and total do not fit together.",
    "bank_account_cooling_off": "The bank account was changed too short a time ago to pay to it.",
    "below_minimum": "That is less than is paid out in one go.",
    "bad_signature": "No live secret signed these bytes.",
    "body_too_large": "The body is larger than any request of this API.",
    "buyer_wallet_closed": "The buyer was erased; nothing is booked on that wallet any more.",
    "card_number_refused": "The body holds what looks like a card number. Nothing was stored.",
    "close_out_of_order": "Months are closed one after the other; another one is next.",
    "fx_currency_unknown": "The day's reference rates do not have this currency.",
    "fx_quote_expired": "The quote's time is over: get a new one and show the new amount.",
    "fx_quote_mismatch": "The quote is for no pair of this checkout, or covers less than it needs.",
    "fx_quote_required": "The seller is paid in another currency: a quote for the pair is needed.",
    "fx_quote_unknown": "There is no such quote.",
    "fx_rate_unavailable": "There are no reference rates that are fresh enough.",
    "country_blocked": "Nothing is taken from or paid to one of the countries. Nothing was stored.",
    "forbidden": "The caller has none of the roles that may call this.",
    "idempotency_key_missing": "Whoever moves money or locks a rate needs an `Idempotency-Key`.",
    "idempotency_key_reused": "The key, or the id that serves as one, came with another body.",
    "illegal_transition": "The object's state does not allow this step.",
    "insufficient_funds": "A balance would go below zero. Nothing was written.",
    "internal_error": "A fault of ours, recorded under the request id.",
    "malformed_request": "The body is not a JSON object, or the event cannot be read.",
    "month_not_ended": "A month is closed when it is over.",
    "not_closed": "There is no PDF before the month is closed and billed; JSON and CSV there are.",
    "no_bank_account": "The seller has no bank account in this currency.",
    "no_psp_for_payment": "No PSP takes this method in this currency from this country.",
    "not_final": "An order can still need its buyer; the detail names what is open.",
    "not_found": "There is no such thing.",
    "order_id_in_use": "Another checkout has an order of this id.",
    "party_screened": "This cannot be carried out; why is on record. Nothing was stored.",
    "payout_in_progress": "The seller has a payout in this currency that is not finished.",
    "payouts_stopped": "An audit's finding stops this currency's payouts; the detail names it.",
    "gone": "It was there, and its time is over.",
    "qr_expired": "The code may not be paid any more: what came now would only be sent back.",
    "psp_amount_not_expressible": "The PSP that was asked cannot say this amount in its own units.",
    "psp_refused": "The PSP refuses to register this checkout.",
    "refund_exceeds_captured": "More would be refunded than is left of what was captured.",
    "report_too_long": "The report does not fit an answer; it is in the documents bucket.",
    "report_too_large": "The report would read more of the lake than a query may: fewer days.",
    "sca_exemption_not_allowed": "The claimed exemption cannot hold for this payment.",
    "session_closed": "The checkout was cancelled before it was paid.",
    "session_mismatch": "The token is not the one this checkout was registered with.",
    "session_not_found": "The checkout has no session yet: create one first.",
    "stale_timestamp": "The webhook was signed too long ago, or too far in the future.",
    "statement_too_long": "The statement does not fit an answer; once billed it is in the bucket.",
    "temporarily_unavailable": "A dependency did not answer; the same call may work later.",
    "unknown_bank_account": "The PSP does not know this bank account.",
    "unsupported_media_type": "Send `application/json`.",
    "wallet_has_balance": "There is money in the wallet: who it belongs to cannot be erased.",
    "validation_failed": "A field breaks a rule; `errors` names it.",
}
"""Every code of a problem, as a sentence."""
