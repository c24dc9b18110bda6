package io.headgate.runtime;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;

import io.headgate.Admission;
import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.BreakerPolicy;
import io.headgate.BurnPolicy;
import io.headgate.By;
import io.headgate.Call;
import io.headgate.CallClass;
import io.headgate.CallException;
import io.headgate.ConcurrencyPolicy;
import io.headgate.DegradationPolicy;
import io.headgate.DegradationPolicy.Rung;
import io.headgate.Estimate;
import io.headgate.EstimatePolicy;
import io.headgate.HeadgateEvent;
import io.headgate.HedgePolicy;
import io.headgate.Job;
import io.headgate.LevelPolicy;
import io.headgate.LoopPolicy;
import io.headgate.Operator;
import io.headgate.PacePolicy;
import io.headgate.ParkPolicy;
import io.headgate.ParkPolicy.Action;
import io.headgate.QueuePolicy;
import io.headgate.Refused;
import io.headgate.RetryPolicy;
import io.headgate.Target;
import io.headgate.TargetSettings;
import io.headgate.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** Small runs, in each of which one policy acts, or a few: for what is then to be seen of it. */
enum Scene {
  /** Tasks that end in each way; while one runs and others wait. */
  ENDS {
    @Override
    Map<String, Long> play(Stage stage) {
      Target model = stage.headgate.target("model", t -> quiet(t).price(1, 2).maxInFlight(1));
      model.reconfigure(t -> t.timeout(ofSeconds(5)));
      Agent agent = stage.headgate.agent("agent");
      Job job = stage.headgate.job("job", j -> j);
      Job small = stage.headgate.job("small", j -> j.tokenBudget(100));
      stage.awaited(
          job.submitOrThrow(
              Task.of(
                  agent,
                  model,
                  Estimate.of(50, 50),
                  attempt -> {
                    attempt.usage(30, 20);
                    return "done";
                  })));
      stage.awaited(job.submitOrThrow(task(agent, model, failing(CallClass.CALLER_FAULT))));
      stage.awaited(
          small.submitOrThrow(
              Task.of(
                  agent,
                  model,
                  Estimate.of(0, 100),
                  attempt -> {
                    while (attempt.charge(50)) {
                      Thread.onSpinWait();
                    }
                    return "part";
                  })));
      Admitted<String> slow = job.submitOrThrow(task(agent, model, stage::held));
      Admitted<String> late =
          job.submitOrThrow(task(agent, model, attempt -> "late").ttl(ofSeconds(2)));
      Admitted<String> unwanted = job.submitOrThrow(task(agent, model, attempt -> "unwanted"));
      stage.untilBegun();
      Map<String, Long> then = stage.counters();
      unwanted.cancel();
      stage.advance(ofSeconds(3));
      stage.awaited(late);
      stage.advance(ofSeconds(2));
      stage.awaited(slow);
      small.close();
      Admission<String> refused = small.submit(task(agent, model, attempt -> "refused"));
      assert refused instanceof Refused;
      job.close();
      stage.settle();
      agent.remove();
      return then;
    }
  },

  /** A call that fails is made again. */
  RETRY {
    @Override
    Map<String, Long> play(Stage stage) {
      Target model = stage.headgate.target("model", t -> quiet(t).retry(RetryPolicy.DEFAULT));
      Agent agent = stage.headgate.agent("agent");
      Job job = stage.headgate.job("job", j -> j);
      Admitted<String> handle =
          job.submitOrThrow(
              task(
                  agent,
                  model,
                  attempt -> {
                    if (attempt.number() == 1) {
                      throw new CallException(CallClass.UNAVAILABLE, "from a test");
                    }
                    return "again";
                  }));
      stage.until(() -> stage.headgate.snapshot().targets().getFirst().retries() == 1);
      stage.advance(ofMinutes(1));
      stage.awaited(handle);
      return Map.of();
    }
  },

  /** A slow call is made once more, and that answers first. */
  HEDGE {
    @Override
    Map<String, Long> play(Stage stage) {
      Target model = stage.headgate.target("model", t -> quiet(t).hedge(HedgePolicy.DEFAULT));
      Agent agent = stage.headgate.agent("agent");
      Job job = stage.headgate.job("job", j -> j);
      for (int i = 0; i < 20; i++) {
        stage.ran(job.submitOrThrow(task(agent, model, stage::held)), ofMillis(100));
      }
      Admitted<String> handle =
          job.submitOrThrow(
              task(agent, model, attempt -> attempt.number() == 1 ? stage.held(attempt) : "hedge")
                  .idempotent(true));
      stage.untilBegun();
      stage.advance(ofSeconds(1));
      stage.awaited(handle);
      return Map.of();
    }
  },

  /** A target whose calls fail is cut off, tried, and let in again. */
  BREAKER {
    @Override
    Map<String, Long> play(Stage stage) {
      Target model = stage.headgate.target("model", t -> quiet(t).breaker(BreakerPolicy.DEFAULT));
      Agent agent = stage.headgate.agent("agent");
      Job job = stage.headgate.job("job", j -> j);
      for (int i = 0; i < 20; i++) {
        stage.awaited(job.submitOrThrow(task(agent, model, failing(CallClass.UNAVAILABLE))));
      }
      stage.advance(ofMinutes(1));
      for (int i = 0; i < 2; i++) {
        stage.awaited(job.submitOrThrow(task(agent, model, attempt -> "well")));
      }
      stage.advance(ofMinutes(1));
      return Map.of();
    }
  },

  /** Calls fail on the first rung and on the second, and fall to the last. */
  LADDER {
    @Override
    Map<String, Long> play(Stage stage) {
      failBelow(stage, 2);
      return Map.of();
    }
  },

  /** Calls fail on the first rung alone, until it is well again. */
  LADDER_UP {
    @Override
    Map<String, Long> play(Stage stage) {
      Task<String> well = failBelow(stage, 1);
      stage.advance(ofMinutes(1));
      Job job = stage.headgate.job("probes", j -> j);
      for (int i = 0; i < 2; i++) {
        stage.awaited(job.submitOrThrow(well));
      }
      return Map.of();
    }
  },

  /** The next rung answers beside a call that does not end. */
  BESIDE {
    @Override
    Map<String, Long> play(Stage stage) {
      DegradationPolicy two = DegradationPolicy.of(Rung.of("large", 100), Rung.of("small", 20));
      Target model =
          stage.headgate.target("model", t -> quiet(t).degradation(two).timeout(ofSeconds(5)));
      Agent agent = stage.headgate.agent("agent");
      Job job = stage.headgate.job("job", j -> j);
      Admitted<String> handle =
          job.submitOrThrow(
              task(agent, model, attempt -> attempt.rung() == 0 ? stage.deaf(attempt) : "small"));
      stage.untilBegun();
      stage.advance(ofSeconds(5).plusNanos(1));
      stage.advance(ofSeconds(1).plusNanos(1));
      stage.awaited(handle);
      Map<String, Long> then = stage.counters();
      stage.letEnd(1);
      return then;
    }
  },

  /** A target asks to be left alone for a minute. */
  PAUSE {
    @Override
    Map<String, Long> play(Stage stage) {
      Target model = stage.headgate.target("model", Scene::quiet);
      Agent agent = stage.headgate.agent("agent");
      Job job = stage.headgate.job("job", j -> j);
      stage.awaited(
          job.submitOrThrow(
              task(
                  agent,
                  model,
                  attempt -> {
                    throw new CallException(CallClass.REJECTED, ofMinutes(1), "from a test");
                  })));
      stage.advance(ofMinutes(1).plusNanos(1));
      return Map.of();
    }
  },

  /** Three tasks are held for a human, who approves one; nobody decides on the others. */
  PARK {
    @Override
    Map<String, Long> play(Stage stage) {
      Target tool =
          stage.headgate.target(
              "tool", t -> quiet(t).park(ParkPolicy.always().then(Action.REFUSE, HOUR)));
      Agent agent = stage.headgate.agent("agent");
      Job job = stage.headgate.job("job", j -> j.deadline(ofHours(2)));
      Admitted<String> first = job.submitOrThrow(task(agent, tool, attempt -> "done"));
      Admitted<String> second = job.submitOrThrow(task(agent, tool, attempt -> "done"));
      stage.settle();
      Map<String, Long> then = stage.counters();
      Operator operator = stage.headgate.operator();
      operator.approve(first.id(), KIM);
      operator.approve(4_711, KIM);
      stage.awaited(first);
      stage.advance(HOUR);
      stage.awaited(second);
      return then;
    }
  },

  /** An operator holds up an agent, a target and all, for an hour. */
  HOLD {
    @Override
    Map<String, Long> play(Stage stage) {
      Target model = stage.headgate.target("model", Scene::quiet);
      Agent agent = stage.headgate.agent("agent");
      Operator operator = stage.headgate.operator();
      operator.pause(agent, HOUR, KIM);
      operator.pause(model, HOUR, KIM);
      operator.drain(HOUR, KIM);
      stage.advance(HOUR.plusNanos(1));
      return Map.of();
    }
  },

  /** An agent spends five times its usual, and then nothing. */
  BURN {
    @Override
    Map<String, Long> play(Stage stage) {
      Target model = stage.headgate.target("model", Scene::quiet);
      Agent agent =
          stage.headgate.agent(
              "agent", a -> a.burn(new BurnPolicy(5, ofMinutes(1), ofMinutes(20), 1_000)));
      Job job = stage.headgate.job("job", j -> j.deadline(ofHours(2)));
      for (int i = 0; i < 30; i++) {
        stage.advance(ofMinutes(1));
        stage.awaited(job.submitOrThrow(using(agent, model, 400)));
      }
      stage.awaited(job.submitOrThrow(using(agent, model, 2_000)));
      stage.advance(ofMinutes(3));
      return Map.of();
    }
  },

  /** Three calls say nothing of their usage, and the fourth does. */
  USAGE {
    @Override
    Map<String, Long> play(Stage stage) {
      Target model = stage.headgate.target("model", Scene::quiet);
      Agent agent = stage.headgate.agent("agent");
      Job job = stage.headgate.job("job", j -> j);
      for (int i = 0; i < 3; i++) {
        stage.awaited(job.submitOrThrow(task(agent, model, attempt -> "silent")));
      }
      stage.awaited(job.submitOrThrow(using(agent, model, 10)));
      return Map.of();
    }
  },

  /** Of fifty calls the provider rejects the last. */
  PACE {
    @Override
    Map<String, Long> play(Stage stage) {
      Target model =
          stage.headgate.target(
              "model", t -> quiet(t).pace(PacePolicy.DEFAULT.firstPerMinute(60_000)));
      Agent agent = stage.headgate.agent("agent");
      Job job = stage.headgate.job("job", j -> j);
      for (int i = 0; i < 49; i++) {
        stage.awaited(job.submitOrThrow(task(agent, model, attempt -> "answer")));
        stage.advance(ofMillis(10));
      }
      stage.awaited(job.submitOrThrow(task(agent, model, failing(CallClass.REJECTED))));
      return Map.of();
    }
  },

  /** A task waits for the first rung's pace for as long as it is to, and takes the second. */
  PATIENCE {
    @Override
    Map<String, Long> play(Stage stage) {
      DegradationPolicy two = DegradationPolicy.of(Rung.of("large", 100), Rung.of("small", 20));
      Target model =
          stage.headgate.target(
              "model",
              t ->
                  quiet(t)
                      .degradation(two)
                      .pace(PacePolicy.DEFAULT.firstPerMinute(1).burst(Duration.ZERO)));
      Agent agent = stage.headgate.agent("agent");
      Job job = stage.headgate.job("job", j -> j);
      stage.awaited(job.submitOrThrow(task(agent, model, attempt -> "large")));
      Admitted<String> second = job.submitOrThrow(task(agent, model, attempt -> "small"));
      stage.settle();
      stage.advance(ofSeconds(1).plusNanos(1));
      stage.awaited(second);
      return Map.of();
    }
  },

  /** How many calls may run at once is sought, and then no longer. */
  CONCURRENCY {
    @Override
    Map<String, Long> play(Stage stage) {
      Target model =
          stage.headgate.target(
              "model", t -> quiet(t).concurrency(ConcurrencyPolicy.DEFAULT.first(5)));
      Agent agent = stage.headgate.agent("agent");
      Job job = stage.headgate.job("job", j -> j);
      stage.awaited(job.submitOrThrow(task(agent, model, attempt -> "answer")));
      model.reconfigure(t -> t.concurrency(ConcurrencyPolicy.OFF));
      return Map.of();
    }
  },

  /** More and more new jobs come, and nothing ends, until one is kept out. */
  LEVEL {
    @Override
    Map<String, Long> play(Stage stage) {
      Target model =
          stage.headgate.target(
              "model", t -> quiet(t).maxInFlight(1).level(new LevelPolicy(ofMillis(1))));
      Agent agent = stage.headgate.agent("agent");
      for (int i = 0; i < 20; i++) {
        try (Job job = stage.headgate.job("learn-" + i, j -> j)) {
          stage.ran(job.submitOrThrow(task(agent, model, stage::held)), ofMillis(2));
        }
      }
      List<Admitted<String>> handles = new ArrayList<>();
      List<Job> jobs = new ArrayList<>();
      boolean refused = false;
      while (!refused) {
        Job job = stage.headgate.job("more-" + jobs.size(), j -> j);
        jobs.add(job);
        Admission<String> admission = job.submit(task(agent, model, stage::held));
        if (admission instanceof Admitted<String> admitted) {
          handles.add(admitted);
        }
        refused = admission instanceof Refused;
        stage.advance(ofMillis(1));
      }
      stage.letEnd(handles.size());
      handles.forEach(stage::awaited);
      jobs.forEach(Job::close);
      stage.advance(ofMinutes(10));
      return Map.of();
    }
  },

  /** A queue stands: the newest begins first, and who has no time left does not. */
  QUEUE {
    @Override
    Map<String, Long> play(Stage stage) {
      Target model =
          stage.headgate.target(
              "model", t -> quiet(t).maxInFlight(1).queue(new QueuePolicy(ofMillis(1))));
      Agent agent = stage.headgate.agent("agent");
      for (int i = 0; i < 8; i++) {
        try (Job job = stage.headgate.job("learn-" + i, j -> j)) {
          stage.ran(job.submitOrThrow(task(agent, model, stage::held)), ofSeconds(1));
        }
        stage.settle();
      }
      Job first = stage.headgate.job("first", j -> j);
      Admitted<String> running = first.submitOrThrow(task(agent, model, stage::held));
      stage.untilBegun();
      Job hurried = stage.headgate.job("hurried", j -> j.deadline(ofSeconds(5)));
      Job older = stage.headgate.job("older", j -> j);
      Job newer = stage.headgate.job("newer", j -> j);
      Admitted<String> tooLate = hurried.submitOrThrow(task(agent, model, attempt -> "late"));
      Admitted<String> last = older.submitOrThrow(task(agent, model, attempt -> "older"));
      Admitted<String> next = newer.submitOrThrow(task(agent, model, attempt -> "newer"));
      stage.settle();
      stage.advance(ofMillis(4_500));
      stage.letEnd(1);
      stage.awaited(running);
      stage.awaited(next);
      stage.awaited(last);
      stage.awaited(tooLate);
      stage.advance(ofMinutes(1));
      return Map.of();
    }
  },

  /** Bounds of all are changed, and a job's. */
  LIMITS {
    @Override
    Map<String, Long> play(Stage stage) {
      stage.headgate.limitSpending(l -> l.tokens(7_000));
      stage.headgate.limitParking(3, 700);
      Job job = stage.headgate.job("job", j -> j);
      job.reconfigure(j -> j.maxCalls(7));
      return Map.of();
    }
  },

  /** A call does not end at its time, and shuts its target until it does. */
  OVERRUN {
    @Override
    Map<String, Long> play(Stage stage) {
      Target tool =
          stage.headgate.target("tool", t -> quiet(t).maxOverruns(1).timeout(ofSeconds(5)));
      Agent agent = stage.headgate.agent("agent");
      Job job = stage.headgate.job("job", j -> j);
      Admitted<String> handle = job.submitOrThrow(task(agent, tool, stage::deaf));
      stage.untilBegun();
      stage.advance(ofSeconds(5).plusNanos(1));
      stage.advance(ofSeconds(1).plusNanos(1));
      stage.awaited(handle);
      Map<String, Long> then = stage.counters();
      stage.letEnd(1);
      stage.until(() -> stage.headgate.snapshot().inFlight() == 0);
      stage.advance(ofMinutes(1));
      return then;
    }
  },

  /** A call waits for the one that it makes. */
  JOIN {
    @Override
    Map<String, Long> play(Stage stage) {
      Target model = stage.headgate.target("model", Scene::quiet);
      Agent agent = stage.headgate.agent("agent");
      Job job = stage.headgate.job("job", j -> j);
      Admitted<String> parent =
          job.submitOrThrow(
              task(
                  agent,
                  model,
                  attempt -> {
                    var child = (Admitted<String>) attempt.submit(task(agent, model, stage::held));
                    return child.join().toString();
                  }));
      stage.untilBegun();
      stage.until(() -> stage.headgate.snapshot().suspended() == 1);
      Map<String, Long> then = stage.counters();
      stage.letEnd(1);
      stage.awaited(parent);
      return then;
    }
  },

  /** A job repeats itself until it is cut off. */
  LOOP {
    @Override
    Map<String, Long> play(Stage stage) {
      Target tool =
          stage.headgate.target("tool", t -> quiet(t).loopGuard(LoopPolicy.DEFAULT.sameCalls(1)));
      Agent agent = stage.headgate.agent("agent");
      Job job = stage.headgate.job("job", j -> j.maxLoops(2));
      Task<String> same = task(agent, tool, attempt -> "").arguments("same");
      stage.awaited(job.submitOrThrow(same));
      for (int i = 0; i < 2; i++) {
        Admission<String> refused = job.submit(same);
        assert refused instanceof Refused;
      }
      stage.settle();
      return Map.of();
    }
  },

  /** Ten answers teach how much is to be reserved for one. */
  ESTIMATES {
    @Override
    Map<String, Long> play(Stage stage) {
      Target model =
          stage.headgate.target("model", t -> quiet(t).estimates(new EstimatePolicy(90, 10, 0)));
      Agent agent = stage.headgate.agent("agent");
      Job job = stage.headgate.job("job", j -> j);
      for (int i = 0; i < 10; i++) {
        stage.awaited(job.submitOrThrow(using(agent, model, 64)));
      }
      return Map.of();
    }
  },

  /** A job's last call uses what was kept for it. */
  WRAP_UP {
    @Override
    Map<String, Long> play(Stage stage) {
      Target model = stage.headgate.target("model", Scene::quiet);
      Agent agent = stage.headgate.agent("agent");
      Job job = stage.headgate.job("job", j -> j.tokenBudget(100).wrapUpPercent(20));
      stage.awaited(job.submitOrThrow(using(agent, model, 80)));
      stage.awaited(job.submitOrThrow(using(agent, model, 20).wrapUp()));
      return Map.of();
    }
  },

  /** A listener throws, and so does what Headgate itself needs. */
  ERRORS {
    @Override
    Map<String, Long> play(Stage stage) {
      Agent agent = stage.headgate.agent("agent");
      stage.headgate.operator().pause(agent, HOUR, KIM);
      stage.settle();
      stage.clock.advance(HOUR.toNanos() + 1);
      var looks = new AtomicInteger();
      stage.ticking =
          () -> {
            if (looks.incrementAndGet() == 2) { // the first is the turn's own
              throw new IllegalStateException("from a test");
            }
          };
      int _ = stage.headgate.step();
      stage.ticking = () -> {};
      stage.listening =
          event -> {
            if (event instanceof HeadgateEvent.JobChange) { // not what may still be on its way
              throw new IllegalStateException("from a test");
            }
          };
      stage.headgate.job("job", j -> j).close();
      return Map.of();
    }
  },

  /** A listener holds on to the first event, and there are six more than fit. */
  SLOW_LISTENER {
    @Override
    Map<String, Long> play(Stage stage) throws InterruptedException {
      var entered = new CountDownLatch(1);
      var go = new CountDownLatch(1);
      stage.listening =
          event -> {
            entered.countDown();
            try {
              go.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          };
      Job first = stage.headgate.job("first", j -> j);
      stage.settle();
      entered.await();
      first.close();
      stage.settle();
      for (int i = 2; i < EventDelivery.SIZE + 6; i += 2) {
        stage.headgate.job("job-" + i, j -> j).close();
        stage.settle();
      }
      go.countDown();
      return Map.of();
    }
  };

  private static final Duration HOUR = ofHours(1);
  private static final By KIM = new By("kim", "to see");

  /**
   * Plays it.
   *
   * @return the counters at a moment in it; empty if there is none of interest
   */
  abstract Map<String, Long> play(Stage stage) throws InterruptedException;

  // Nothing that the scene is not about.
  private static TargetSettings quiet(TargetSettings target) {
    return target.retry(RetryPolicy.OFF).breaker(BreakerPolicy.OFF).agentBreaker(BreakerPolicy.OFF);
  }

  private static Task<String> task(Agent agent, Target target, Call<String> call) {
    return Task.of(agent, target, Estimate.of(10, 0), call);
  }

  private static Call<String> failing(CallClass how) {
    return attempt -> {
      throw new CallException(how, "from a test");
    };
  }

  // Ten calls, as many as a rung is judged by; answers a task that fails nowhere.
  private static Task<String> failBelow(Stage stage, int rung) {
    DegradationPolicy ladder =
        DegradationPolicy.of(Rung.of("large", 100), Rung.of("small", 20), Rung.ofStatic("sorry"));
    Target model =
        stage.headgate.target(
            "model", t -> quiet(t).breaker(BreakerPolicy.DEFAULT).degradation(ladder));
    Agent agent = stage.headgate.agent("agent");
    Job job = stage.headgate.job("job", j -> j);
    for (int i = 0; i < 10; i++) {
      stage.awaited(
          job.submitOrThrow(
              task(
                  agent,
                  model,
                  attempt -> {
                    if (attempt.rung() < rung) {
                      throw new CallException(CallClass.UNAVAILABLE, "from a test");
                    }
                    return "below";
                  })));
    }
    return task(agent, model, attempt -> "well");
  }

  private static Task<String> using(Agent agent, Target model, long output) {
    return Task.of(
        agent,
        model,
        Estimate.of(0, output),
        attempt -> {
          attempt.usage(0, output);
          return "answer";
        });
  }
}
