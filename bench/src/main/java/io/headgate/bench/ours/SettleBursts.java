package io.headgate.bench.ours;

import io.headgate.AgentSettings;
import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.Priority;
import io.headgate.TargetSettings;
import io.headgate.admission.AgentGate;
import io.headgate.admission.Gates;
import io.headgate.admission.JobAccount;
import io.headgate.admission.Registrar;
import io.headgate.admission.Reservation;
import io.headgate.admission.TargetGate;
import io.headgate.bench.Burst;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.SystemNanoClock;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Control;

/**
 * What an attempt's own thread pays to settle what its call used: a look at the clock, both
 * buckets, and the job's account. What is settled was reserved outside the clock.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SettleBursts {
  /** Made by JMH. */
  public SettleBursts() {}

  /**
   * The gates by themselves, since nobody else than an attempt settles. A call uses half of the two
   * tokens that it holds: the rate refills faster than a burst after the other uses them up.
   */
  @State(Scope.Benchmark)
  public static class Gate extends Burst {
    private static final long RATE = 1_000_000_000;
    private static final long BUDGET = 1_000_000_000_000L;
    private static final int MAX_LIVE = 100_000;

    private static IllegalStateException misuse() {
      return new IllegalStateException("this measures settlement; nobody changes its gates");
    }

    /** Nobody changes or removes anything. */
    private static final Registrar NOBODY =
        new Registrar() {
          @Override
          public void reconfigure(AgentGate agent, AgentSettings settings) {
            throw misuse();
          }

          @Override
          public void reconfigure(TargetGate target, TargetSettings settings) {
            throw misuse();
          }

          @Override
          public void remove(AgentGate agent) {
            throw misuse();
          }

          @Override
          public void remove(TargetGate target) {
            throw misuse();
          }
        };

    /** A job's. */
    private static final class Account extends JobAccount {
      Account() {
        super(0, null, Long.MAX_VALUE, BUDGET, JobSettings.UNLIMITED, MAX_LIVE);
      }
    }

    /** All calls', which hold the same. */
    private static final class Held extends Reservation {
      Held(AgentGate agent, TargetGate target, JobAccount account) {
        super(agent, target, account, Priority.NORMAL, 0, 0, 1, 1, 0, nowNs(), Long.MAX_VALUE);
      }
    }

    private final Gates gates =
        new Gates(HeadgateSettings.DEFAULT.tokensPerMinute(RATE), SystemNanoClock.INSTANCE);
    private final AgentGate agent =
        new AgentGate("agent", 0, AgentSettings.DEFAULT.tokensPerMinute(RATE), NOBODY);
    private final TargetGate target = new TargetGate("target", 0, TargetSettings.DEFAULT, NOBODY);
    private final JobAccount account = new Account();
    private final Reservation held = new Held(agent, target, account);

    /** Made by JMH. */
    public Gate() {}

    private static long nowNs() {
      return System.nanoTime();
    }

    @Override
    protected void once() {
      if (gates.settle(held, 0, 0, 1, 0, nowNs())) {
        throw new IllegalStateException("overspent: this measures how a job closes");
      }
    }

    @Override
    protected void drain() {
      if (account.liveReservations() > burst) {
        throw new IllegalStateException("more was settled than reserved");
      }
      while (account.liveReservations() < burst) {
        var refused = gates.tryTake(held, null, nowNs());
        if (refused != null) {
          throw new IllegalStateException("nothing to settle: " + refused);
        }
        gates.giveBackPlaces(agent, 1);
      }
    }
  }

  @Benchmark
  public void settle(Gate gate, Burst.Clock clock, Control control) {
    gate.run(clock, control);
  }
}
