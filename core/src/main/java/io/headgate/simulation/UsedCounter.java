package io.headgate.simulation;

import java.util.HashMap;
import java.util.Map;

/**
 * What a usual stack has in place of budgets and limits: it adds up what answers say they used, and
 * its clients look at that before each call. Of calls that are under way it knows nothing.
 */
final class UsedCounter implements Witness {
  private final Map<VirtualJob, Long> tokens = new HashMap<>();
  private long money;

  /** Tokens that the job's calls have used so far. */
  long tokens(VirtualJob job) {
    return tokens.getOrDefault(job, 0L);
  }

  /** Nano-dollars that all calls have used so far. */
  long money() {
    return money;
  }

  @Override
  public void settling(
      VirtualTask task, long extraTokens, long extraMoney, long usedTokens, long usedMoney) {
    tokens.merge(task.job(), usedTokens, Long::sum);
    money += usedMoney;
  }
}
