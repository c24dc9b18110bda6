package io.headgate;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What an attempt's thread is, what it knows of its submitter, and that nothing else leaks in. */
@Timeout(60)
class ContextTest {
  /** What logging's MDC is: a map in a thread local. */
  private static final ThreadLocal<@Nullable String> MDC = new ThreadLocal<>();

  private static final InheritableThreadLocal<@Nullable String> TENANT =
      new InheritableThreadLocal<>();

  private static final ScopedValue<String> TRACE = ScopedValue.newInstance();
  private static final ScopedValue<Integer> DEPTH = ScopedValue.newInstance();
  private static final ScopedValue<String> NOT_CARRIED = ScopedValue.newInstance();

  private static final ContextCarrier MDC_CARRIER =
      new ContextCarrier() {
        @Override
        public <T extends @Nullable Object> Call<T> carry(Call<T> call) {
          String captured = MDC.get();
          return attempt -> {
            MDC.set(captured);
            try {
              return call.run(attempt);
            } finally {
              MDC.remove();
            }
          };
        }
      };

  private static Job open(Headgate headgate) {
    return headgate.job(j -> j.deadline(ofSeconds(50)));
  }

  private static <T> T run(Headgate headgate, Job job, Call<T> call) throws Exception {
    Outcome<T> outcome =
        job.submitOrThrow(
                Task.<T>of(headgate.agent("agent-7"), headgate.target("tool/search"), call))
            .join();
    if (outcome instanceof Outcome.Failed<T>(Throwable cause)) {
      throw new AssertionError(cause);
    }
    return outcome.valueOrNull();
  }

  @Test
  void theSubmittersContextIsCarriedOverAndOnlyHis() throws Exception {
    try (var headgate = Headgate.builder().contextCarrier(MDC_CARRIER).build();
        var job = open(headgate)) {
      Map<String, String> seen = new ConcurrentHashMap<>();
      List<Thread> submitters = new ArrayList<>();
      for (int n = 0; n < 8; n++) {
        String mine = "ticket-" + n;
        submitters.add(
            Thread.ofPlatform()
                .start(
                    () -> {
                      MDC.set(mine);
                      for (int i = 0; i < 200; i++) {
                        try {
                          seen.put(run(headgate, job, attempt -> MDC.get()), mine);
                        } catch (Exception e) {
                          seen.put(e.toString(), mine);
                        }
                      }
                    }));
      }
      for (Thread submitter : submitters) {
        submitter.join();
      }
      assertThat(seen)
          .hasSize(8)
          .allSatisfy((at, submitted) -> assertThat(at).isEqualTo(submitted));
      assertThat(MDC.get()).as("here").isNull();
      assertThat(Optional.ofNullable(run(headgate, job, attempt -> MDC.get()))).isEmpty();
    }
  }

  @Test
  void scopedValuesAreBoundAgainWhereTheyAreBound() throws Exception {
    try (var headgate = Headgate.builder().contextCarrier(ContextCarrier.of(TRACE, DEPTH)).build();
        var job = open(headgate)) {
      Call<String> call =
          attempt ->
              TRACE.orElse("none") + " " + DEPTH.orElse(-1) + " " + NOT_CARRIED.orElse("none");
      assertThat(run(headgate, job, call)).isEqualTo("none -1 none");
      String both =
          ScopedValue.where(TRACE, "t1")
              .where(DEPTH, 3)
              .where(NOT_CARRIED, "x")
              .call(() -> run(headgate, job, call));
      assertThat(both).isEqualTo("t1 3 none");
      String one = ScopedValue.where(DEPTH, 4).call(() -> run(headgate, job, call));
      assertThat(one).isEqualTo("none 4 none");
      String ofChild =
          ScopedValue.where(TRACE, "t2")
              .call(
                  () ->
                      run(
                          headgate,
                          job,
                          attempt ->
                              ScopedValue.where(DEPTH, 1).call(() -> run(headgate, job, call))));
      assertThat(ofChild).as("a child has its parent's").isEqualTo("t2 1 none");
    }
  }

  @Test
  void attemptsRunOnNamedVirtualThreadsOfTheirOwn() throws Exception {
    try (var headgate = Headgate.builder().build();
        var job = open(headgate)) {
      List<Thread> threads = Collections.synchronizedList(new ArrayList<>());
      for (int i = 0; i < 20; i++) {
        Admitted<String> handle =
            job.submitOrThrow(
                Task.<String>of(
                    headgate.agent("agent-7"),
                    headgate.target("tool/search"),
                    attempt -> {
                      threads.add(Thread.currentThread());
                      assertThat(attempt.number()).isEqualTo(1);
                      return Thread.currentThread().getName() + " " + attempt.taskId();
                    }));
        assertThat(handle.join())
            .isEqualTo(
                new Outcome.Completed<>(
                    "headgate-agent-7-tool/search-" + handle.id() + " " + handle.id()));
      }
      assertThat(threads).hasSize(20).doesNotHaveDuplicates().allMatch(Thread::isVirtual);
    }
  }

  @Test
  void threadLocalsAndInterruptsNeverLeakIntoAnotherAttempt() throws Exception {
    try (var headgate = Headgate.builder().maxInFlight(1).build();
        var job = open(headgate)) {
      Target quick = headgate.target("quick", t -> t.timeout(ofMillis(20)));
      var never = new CountDownLatch(1);
      for (int i = 0; i < 100; i++) {
        MDC.remove();
        Optional<String> found =
            run(
                headgate,
                job,
                attempt -> {
                  Optional<String> before = Optional.ofNullable(MDC.get());
                  assertThat(Thread.currentThread().isInterrupted()).isFalse();
                  MDC.set("left behind");
                  Thread.currentThread().interrupt();
                  return before;
                });
        assertThat(found).isEmpty();
        if (i % 10 == 0) {
          Admitted<String> late =
              job.submitOrThrow(
                  Task.<String>of(
                      headgate.agent("agent-7"),
                      quick,
                      attempt -> {
                        MDC.set("left behind");
                        never.await();
                        return "";
                      }));
          assertThat(late.join()).isInstanceOf(Outcome.TimedOut.class);
        }
      }
    }
  }

  @Test
  void nothingIsInheritedFromTheThreadThatBuiltIt() throws Exception {
    TENANT.set("the builder's");
    ClassLoader before = Thread.currentThread().getContextClassLoader();
    ClassLoader own = new ClassLoader(before) {};
    Thread.currentThread().setContextClassLoader(own);
    var helper = new CountDownLatch(1);
    List<String> ofHelper = Collections.synchronizedList(new ArrayList<>());
    try (var headgate = Headgate.builder().build();
        var job = open(headgate)) {
      Call<String> call = attempt -> String.valueOf(TENANT.get());
      assertThat(run(headgate, job, call)).isEqualTo("null");
      // A container's class loader is how a client in the call finds its services.
      ClassLoader seen =
          run(headgate, job, attempt -> Thread.currentThread().getContextClassLoader());
      assertThat(seen).as("the class loader of the builder").isSameAs(own);
      var hold = new CountDownLatch(1);
      Admitted<String> held =
          job.submitOrThrow(
              Task.<String>of(
                  headgate.agent("agent-7"),
                  headgate.target("tool/search"),
                  attempt -> {
                    hold.await();
                    return "";
                  }));
      var _ =
          held.toCompletableFuture()
              .thenRun(
                  () -> {
                    ofHelper.add(String.valueOf(TENANT.get()));
                    ofHelper.add(Thread.currentThread().isVirtual() ? "virtual" : "platform");
                    helper.countDown();
                  });
      hold.countDown();
      helper.await();
      assertThat(ofHelper).containsExactly("null", "platform");
    } finally {
      TENANT.remove();
      Thread.currentThread().setContextClassLoader(before);
    }
  }
}
