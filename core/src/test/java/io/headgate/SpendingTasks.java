package io.headgate;

/** Tasks that spend what they may. */
final class SpendingTasks {
  private SpendingTasks() {}

  /** One that uses its whole output cap, and answers it. */
  static Task<Long> usingAll(Agent agent, Target model, Estimate estimate) {
    return Task.of(
        agent,
        model,
        estimate,
        attempt -> {
          attempt.usage(estimate.inputTokens(), attempt.maxOutputTokens());
          return attempt.maxOutputTokens();
        });
  }

  /** One that holds 100 tokens and streams on by 50 until it is cut off. */
  static Task<String> streaming(Agent agent, Target model, long[] charged) {
    return Task.of(
        agent,
        model,
        Estimate.of(0, 100),
        attempt -> {
          while (attempt.charge(50)) {
            charged[0] += 50;
          }
          return "part";
        });
  }
}
