/** Secrets of the endpoints that tests send to; that of `unset` is not among them. */
export const WEBHOOK_SECRETS = {
  ORDERS_SECRET: "made-up-orders-secret",
  ORDERS_OLD_SECRET: "made-up-old-orders-secret",
  SHOP_WEBHOOK_SECRET: "made-up-shop-secret",
  GITHUB_WEBHOOK_SECRET: "made-up-repository-secret",
  STRIPE_WEBHOOK_SECRET: "whsec_made-up-charges-secret",
  GITHUB_TEST_SECRET: "made-up-github-secret",
  STRIPE_TEST_SECRET: "whsec_made-up-stripe-secret",
} as const;
