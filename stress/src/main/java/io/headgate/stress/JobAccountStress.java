package io.headgate.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import io.headgate.JobSettings;
import io.headgate.admission.JobAccount;
import io.headgate.admission.JobAccount.Reserve;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJJJ_Result;
import org.openjdk.jcstress.infra.results.JJ_Result;

/** A job's budget: never passed, and given back to the token, alive or closing. */
public final class JobAccountStress {
  private JobAccountStress() {}

  /** An account without a runtime around it. */
  static final class Account extends JobAccount {
    Account(JobAccount parent, long tokens, long money) {
      super(0, parent, Long.MAX_VALUE, tokens, money, 8);
    }

    Account(long tokens) {
      this(null, tokens, JobSettings.UNLIMITED);
    }

    // 1 for yes, as results have it.
    long reserves(long tokens, long money) {
      return tryReserve(tokens, money) == Reserve.DONE ? 1 : 0;
    }

    Account carve(long tokens) {
      tryReserve(tokens, 0);
      return new Account(this, tokens, JobSettings.UNLIMITED);
    }

    void look(JJ_Result r) {
      r.r1 = tokensLeft();
      r.r2 = liveReservations();
    }

    void look(JJJJ_Result r) {
      r.r3 = tokensLeft();
      r.r4 = liveReservations();
    }
  }

  /** Two want more than half of the budget. */
  @JCStressTest
  @Outcome(
      id = {"1, 0, 4, 1", "0, 1, 4, 1"},
      expect = ACCEPTABLE,
      desc = "one of them has it")
  @State
  public static class Tokens {
    private final Account job = new Account(10);

    @Actor
    public void one(JJJJ_Result r) {
      r.r1 = job.reserves(6, 0);
    }

    @Actor
    public void other(JJJJ_Result r) {
      r.r2 = job.reserves(6, 0);
    }

    @Arbiter
    public void look(JJJJ_Result r) {
      job.look(r);
    }
  }

  /** Tokens are enough for two, money for one. */
  @JCStressTest
  @Outcome(
      id = {"1, 0, 6, 4", "0, 1, 6, 4"},
      expect = ACCEPTABLE,
      desc = "one of them has it, the other's tokens are back")
  @State
  public static class Money {
    private final Account job = new Account(null, 10, 10);

    @Actor
    public void one(JJJJ_Result r) {
      r.r1 = job.reserves(4, 6);
    }

    @Actor
    public void other(JJJJ_Result r) {
      r.r2 = job.reserves(4, 6);
    }

    @Arbiter
    public void look(JJJJ_Result r) {
      r.r3 = job.tokensLeft();
      r.r4 = job.moneyLeft();
    }
  }

  /** One settles while another reserves. */
  @JCStressTest
  @Outcome(id = "0, 1, 12, 1", expect = ACCEPTABLE, desc = "both count")
  @State
  public static class Settle {
    private final Account job = new Account(20);

    public Settle() {
      job.tryReserve(10, 0);
    }

    @Actor
    public void settles(JJJJ_Result r) {
      r.r1 = job.settle(10, 3, 0, 0) ? 1 : 0;
    }

    @Actor
    public void reserves(JJJJ_Result r) {
      r.r2 = job.reserves(5, 0);
    }

    @Arbiter
    public void look(JJJJ_Result r) {
      job.look(r);
    }
  }

  /** Two calls stream past their reservations at once. */
  @JCStressTest
  @Outcome(
      id = {"6, 4, 0, 2", "4, 6, 0, 2"},
      expect = ACCEPTABLE,
      desc = "all that was left, once")
  @State
  public static class Enlarge {
    private final Account job = new Account(14);

    public Enlarge() {
      job.tryReserve(2, 0);
      job.tryReserve(2, 0);
    }

    @Actor
    public void one(JJJJ_Result r) {
      r.r1 = job.enlarge(6);
    }

    @Actor
    public void other(JJJJ_Result r) {
      r.r2 = job.enlarge(6);
    }

    @Arbiter
    public void look(JJJJ_Result r) {
      r.r3 = job.tokensLeft();
      r.r4 = job.liveReservations();
    }
  }

  /** A reservation comes while the job is closed. */
  @JCStressTest
  @Outcome(
      id = {"1, 1, 6, 1", "0, 1, 10, 0"},
      expect = ACCEPTABLE,
      desc = "before or after")
  @State
  public static class CloseAgainstReserve {
    private final Account job = new Account(10);

    @Actor
    public void reserves(JJJJ_Result r) {
      r.r1 = job.reserves(4, 0);
    }

    @Actor
    public void closes() {
      job.closeAccount();
    }

    @Arbiter
    public void look(JJJJ_Result r) {
      r.r2 = job.isClosed() ? 1 : 0;
      job.look(r);
    }
  }

  /** A sub-job is closed while its last reservation is settled. */
  @JCStressTest
  @Outcome(id = "88, 0", expect = ACCEPTABLE, desc = "its rest returned once")
  @State
  public static class CloseAgainstSettle {
    private final Account parent = new Account(100);
    private final Account child = parent.carve(40);

    public CloseAgainstSettle() {
      child.tryReserve(30, 0);
    }

    @Actor
    public void closes() {
      child.closeAccount();
    }

    @Actor
    public void settles() {
      child.settle(30, 12, 0, 0);
    }

    @Arbiter
    public void look(JJ_Result r) {
      parent.look(r);
    }
  }

  /** A sub-job is closed by two. */
  @JCStressTest
  @Outcome(id = "100, 0", expect = ACCEPTABLE, desc = "its rest returned once")
  @State
  public static class CloseTwice {
    private final Account parent = new Account(100);
    private final Account child = parent.carve(40);

    @Actor
    public void one() {
      child.closeAccount();
    }

    @Actor
    public void other() {
      child.closeAccount();
    }

    @Arbiter
    public void look(JJ_Result r) {
      parent.look(r);
    }
  }

  /** The last two reservations of a sub-job overspend at once. */
  @JCStressTest
  @Outcome(id = "83, 0", expect = ACCEPTABLE, desc = "the parent pays all of it")
  @State
  public static class Overspend {
    private final Account parent = new Account(100);
    private final Account child = parent.carve(10);

    public Overspend() {
      child.tryReserve(5, 0);
      child.tryReserve(5, 0);
    }

    @Actor
    public void one() {
      child.settle(5, 9, 0, 0);
    }

    @Actor
    public void other() {
      child.settle(5, 8, 0, 0);
    }

    @Arbiter
    public void look(JJ_Result r) {
      parent.look(r);
    }
  }

  /** A sub-job's rest returns while the parent reserves. */
  @JCStressTest
  @Outcome(id = "1, 0, 16, 1", expect = ACCEPTABLE, desc = "returned once, and reserved")
  @State
  public static class RestAgainstReserve {
    private final Account parent = new Account(20);
    private final Account child = parent.carve(10);

    @Actor
    public void reserves(JJJJ_Result r) {
      r.r1 = parent.reserves(4, 0);
    }

    @Actor
    public void closes() {
      child.closeAccount();
    }

    @Arbiter
    public void look(JJJJ_Result r) {
      parent.look(r);
    }
  }
}
