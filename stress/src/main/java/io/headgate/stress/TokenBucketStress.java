package io.headgate.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import io.headgate.admission.TokenBucket;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZJ_Result;

/** Tokens: never more than the burst, none given back in vain, no debt forgotten. */
public final class TokenBucketStress {
  private static final long SECOND = 1_000_000_000L;
  private static final long NOW = 1_000 * SECOND;
  private static final long BURST = 10;

  private TokenBucketStress() {}

  // A token a second, so this is how many are missing.
  private static TokenBucket bucket() {
    return new TokenBucket(60, BURST);
  }

  private static long missing(TokenBucket bucket) {
    return bucket.waitNs(BURST, NOW) / SECOND;
  }

  /** Two want more than half of the burst. */
  @JCStressTest
  @Outcome(
      id = {"true, false, 6", "false, true, 6"},
      expect = ACCEPTABLE,
      desc = "one of them has it")
  @State
  public static class Take {
    private final TokenBucket bucket = bucket();

    @Actor
    public void one(ZZJ_Result r) {
      r.r1 = bucket.tryTake(6, NOW);
    }

    @Actor
    public void other(ZZJ_Result r) {
      r.r2 = bucket.tryTake(6, NOW);
    }

    @Arbiter
    public void count(ZZJ_Result r) {
      r.r3 = missing(bucket);
    }
  }

  /** Tokens come back while somebody wants some. */
  @JCStressTest
  @Outcome(id = "false, true, 8", expect = ACCEPTABLE, desc = "both count")
  @State
  public static class GiveBack {
    private final TokenBucket bucket = bucket();

    public GiveBack() {
      bucket.tryTake(5, NOW);
    }

    @Actor
    public void settles() {
      bucket.settle(5, 3, NOW);
    }

    @Actor
    public void wants(ZZJ_Result r) {
      r.r2 = bucket.tryTake(5, NOW);
    }

    @Arbiter
    public void count(ZZJ_Result r) {
      r.r3 = missing(bucket);
    }
  }

  /** One gives back while another goes into debt. */
  @JCStressTest
  @Outcome(id = "false, false, 7", expect = ACCEPTABLE, desc = "both count")
  @State
  public static class Debt {
    private final TokenBucket bucket = bucket();

    public Debt() {
      bucket.tryTake(10, NOW);
    }

    @Actor
    public void givesBack() {
      bucket.settle(7, 0, NOW);
    }

    @Actor
    public void owes() {
      bucket.settle(0, 4, NOW);
    }

    @Arbiter
    public void count(ZZJ_Result r) {
      r.r3 = missing(bucket);
    }
  }

  /** The rate doubles while somebody wants some. */
  @JCStressTest
  @Outcome(id = "false, true, 9", expect = ACCEPTABLE, desc = "what is missing stays missing")
  @State
  public static class ChangeAgainstTake {
    private final TokenBucket bucket = bucket();

    public ChangeAgainstTake() {
      bucket.tryTake(5, NOW);
    }

    @Actor
    public void changes() {
      bucket.reconfigure(120, BURST, () -> NOW);
    }

    @Actor
    public void wants(ZZJ_Result r) {
      r.r2 = bucket.tryTake(4, NOW);
    }

    // Two tokens a second now.
    @Arbiter
    public void count(ZZJ_Result r) {
      r.r3 = 2 * bucket.waitNs(BURST, NOW) / SECOND;
    }
  }

  /** The rate doubles while tokens come back. */
  @JCStressTest
  @Outcome(id = "false, false, 2", expect = ACCEPTABLE, desc = "they are back, at the new rate")
  @State
  public static class ChangeAgainstSettlement {
    private final TokenBucket bucket = bucket();

    public ChangeAgainstSettlement() {
      bucket.tryTake(5, NOW);
    }

    @Actor
    public void changes() {
      bucket.reconfigure(120, BURST, () -> NOW);
    }

    @Actor
    public void settles() {
      bucket.settle(5, 2, NOW);
    }

    // Two tokens a second now.
    @Arbiter
    public void count(ZZJ_Result r) {
      r.r3 = 2 * bucket.waitNs(BURST, NOW) / SECOND;
    }
  }
}
