package io.headgate.admission;

import io.headgate.Estimate;
import io.headgate.Price;

/** How long an answer may be by what is left to pay for it. */
final class OutputCap {
  private OutputCap() {}

  /**
   * An output cap, shrunk to what is left beside the input, if that is enough for the estimate;
   * else as it was, and whoever reserves it is refused.
   *
   * @param moneyLeft nano-dollars; {@link Long#MAX_VALUE} if they have no bound
   */
  static long shrunk(long output, Estimate estimate, Price price, long tokensLeft, long moneyLeft) {
    long affordable = Math.min(output, tokensLeft - estimate.inputTokens());
    if (moneyLeft != Long.MAX_VALUE && price.outputNanosPerMillion() > 0) {
      affordable =
          Math.min(affordable, price.affordableOutputTokens(moneyLeft, estimate.inputTokens()));
    }
    return affordable >= estimate.minOutputTokens() && affordable > 0 ? affordable : output;
  }
}
