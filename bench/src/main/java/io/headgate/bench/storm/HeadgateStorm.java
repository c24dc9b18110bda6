package io.headgate.bench.storm;

import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.Attempt;
import io.headgate.BreakerPolicy;
import io.headgate.Estimate;
import io.headgate.Headgate;
import io.headgate.HeadgateSettings;
import io.headgate.Job;
import io.headgate.Refusal;
import io.headgate.Refused;
import io.headgate.Target;
import io.headgate.Task;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Headgate with all gates on. Producers belong to {@value #HOSTS} hosts, each with an agent and
 * {@value #JOBS_OF_HOST} jobs at a time; a producer walks round its host's jobs. A job's tokens pay
 * for {@value #CALLS_OF_JOB} calls, which are reserved at once, wait, and run; a failed call gives
 * its tokens back; the call that spends the last of them opens the next job. So places and rates
 * never refuse, and what is refused is refused by the last gate: the job's budget.
 */
final class HeadgateStorm implements StormSubject {
  private static final int HOSTS = 8;
  private static final int JOBS_OF_HOST = 8;
  private static final int CALLS_OF_JOB = 16;
  private static final int HALF_CALL = 500;
  private static final long RATE = 1_000_000_000;

  /** Where one job follows the other. */
  private static final class Slot {
    private final Headgate headgate;
    private final Provider provider;
    private final AtomicInteger paid = new AtomicInteger();
    final Task<String> task;
    volatile Job job;
    // The job before the last call of the present one has ended: until then its thread is alive.
    private Job spent;

    Slot(Headgate headgate, Agent agent, Target target, Provider provider) {
      this.headgate = headgate;
      this.provider = provider;
      task = Task.<String>of(agent, target, Estimate.of(HALF_CALL, HALF_CALL), this::call);
      job = open();
      spent = job;
    }

    private Job open() {
      return headgate.job(j -> j.tokenBudget(CALLS_OF_JOB * 2L * HALF_CALL));
    }

    private String call(Attempt attempt) throws Exception {
      try {
        provider.call();
      } catch (Provider.OutException e) {
        attempt.usage(0, 0);
        throw e;
      }
      attempt.usage(HALF_CALL, HALF_CALL);
      if (paid.incrementAndGet() == CALLS_OF_JOB) {
        // Nothing of this job is alive but this call, so nobody else comes by here.
        paid.set(0);
        if (spent != job) {
          spent.close();
        }
        spent = job;
        job = open();
      }
      return "";
    }
  }

  private final Headgate headgate;
  private final Slot[] slots = new Slot[HOSTS * JOBS_OF_HOST];

  HeadgateStorm(Provider provider) {
    headgate =
        Headgate.builder()
            .settings(
                HeadgateSettings.DEFAULT
                    .maxInFlight(Provider.CAPACITY)
                    .tokensPerMinute(RATE)
                    .patience(Duration.ZERO))
            .build();
    Target target =
        headgate.target(
            "provider",
            t ->
                t.maxInFlight(Provider.CAPACITY)
                    // It is half out, and submit is to be measured up to its last gate.
                    .breaker(BreakerPolicy.OFF)
                    .agentBreaker(BreakerPolicy.OFF));
    for (int host = 0; host < HOSTS; host++) {
      Agent agent = headgate.agent("host-" + host, a -> a.maxWaiting(512).tokensPerMinute(RATE));
      for (int each = 0; each < JOBS_OF_HOST; each++) {
        slots[host * JOBS_OF_HOST + each] = new Slot(headgate, agent, target, provider);
      }
    }
  }

  @Override
  public Answer submit(int producer, long call) {
    Slot slot = slots[producer % HOSTS * JOBS_OF_HOST + (int) (call % JOBS_OF_HOST)];
    return switch (slot.job.submit(slot.task)) {
      case Admitted<String> _ -> Answer.ADMITTED;
      case Refused<String>(Refusal reason, _) ->
          switch (reason) {
            case TOKEN_BUDGET, MONEY_BUDGET, JOB_TASKS_FULL, RING_FULL -> Answer.REFUSED_LAST;
            default -> Answer.REFUSED_EARLIER;
          };
    };
  }

  @Override
  public void close() {
    headgate.close();
  }
}
