package io.headgate;

import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.headgate.Outcome.Cancellation;
import io.headgate.Outcome.Cancelled;
import io.headgate.Outcome.Completed;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.function.IntConsumer;
import org.agrona.concurrent.CachedNanoClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Caps, weights and buckets change while tasks wait and run; agents and targets come and go. */
@Timeout(60)
class ReconfigureTest {
  private final CachedNanoClock clock = new CachedNanoClock();
  private final Headgate headgate =
      Headgate.builder().maxInFlight(16).clocks(clock, clock::nanoTime).build();
  private final Agent agent = headgate.agent("agent", a -> a.maxInFlight(4));
  private final Target target = headgate.target("target", t -> t.maxInFlight(4));
  private final Job job = headgate.job(j -> j);
  private final Semaphore goOn = new Semaphore(0);

  @AfterEach
  void conserved() {
    goOn.release(1_000);
    job.close();
    Rest.assertConserved(headgate);
    headgate.close();
  }

  private Task<String> held() {
    return Task.<String>of(
        agent,
        target,
        Estimate.of(0, 0),
        attempt -> {
          goOn.acquire();
          return "done";
        });
  }

  private List<Admitted<String>> submit(int tasks) {
    List<Admitted<String>> handles = new ArrayList<>();
    for (int i = 0; i < tasks; i++) {
      handles.add(job.submitOrThrow(held()));
    }
    return handles;
  }

  private void awaitFigures(int waiting, int inFlight) {
    Rest.until(
        () ->
            headgate.snapshot().waiting() == waiting && headgate.snapshot().inFlight() == inFlight);
  }

  private void capLoweredAndRaised(IntConsumer setCap) {
    List<Admitted<String>> handles = submit(10);
    awaitFigures(6, 4);
    setCap.accept(2);
    assertThat(headgate.snapshot().inFlight()).as("nothing is stopped").isEqualTo(4);
    goOn.release(2);
    awaitFigures(6, 2);
    assertThat(headgate.snapshot().outcomes()).containsEntry("Completed", 2L).hasSize(1);
    goOn.release(1);
    awaitFigures(5, 2);
    setCap.accept(5);
    awaitFigures(2, 5);
    assertThat(headgate.snapshot().agents().get(0).started()).isEqualTo(8);
    goOn.release(7);
    Rest.until(() -> handles.stream().allMatch(h -> h.outcome().isPresent()));
    assertThat(handles).allSatisfy(h -> assertThat(h.outcome()).contains(new Completed<>("done")));
  }

  @Test
  void capOfAnAgent() {
    target.reconfigure(t -> t.maxInFlight(AgentSettings.UNLIMITED));
    capLoweredAndRaised(cap -> agent.reconfigure(a -> a.maxInFlight(cap)));
    assertThat(agent.settings().maxInFlight()).isEqualTo(5);
  }

  @Test
  void capOfATarget() {
    agent.reconfigure(a -> a.maxInFlight(AgentSettings.UNLIMITED));
    capLoweredAndRaised(cap -> target.reconfigure(t -> t.maxInFlight(cap)));
    assertThat(target.settings().maxInFlight()).isEqualTo(5);
  }

  @Test
  void placesOfAnAgent() {
    agent.reconfigure(a -> a.maxInFlight(1).maxWaiting(3));
    var _ = submit(1);
    awaitFigures(0, 1);
    var _ = submit(3);
    agent.reconfigure(a -> a.maxWaiting(2));
    Refused<?> refused = Rest.refused(job.submit(held()));
    assertThat(refused.reason()).isEqualTo(Refusal.AGENT_WAITING_ROOM_FULL);
    assertThat(job.explain(held(), refused)).contains("3 tasks waiting", "maxWaiting is 2");
    assertThat(headgate.snapshot().waiting()).as("nothing is thrown out").isEqualTo(3);
    agent.reconfigure(a -> a.maxWaiting(4));
    assertThat(job.submit(held())).isInstanceOf(Admitted.class);
    assertThat(job.submit(held())).isInstanceOf(Refused.class);
  }

  @Test
  void weightHoldsFromTheNextStartOn() {
    Agent light = headgate.agent("light");
    target.reconfigure(t -> t.maxInFlight(1));
    List<String> order = Collections.synchronizedList(new ArrayList<>());
    var _ = submit(1);
    awaitFigures(0, 1);
    List<Admitted<String>> handles = new ArrayList<>();
    for (int i = 0; i < 120; i++) {
      for (Agent each : List.of(agent, light)) {
        handles.add(
            job.submitOrThrow(
                Task.<String>of(
                    each,
                    target,
                    Estimate.of(1_000, 0),
                    attempt -> {
                      order.add(each.id());
                      return "";
                    })));
      }
    }
    agent.reconfigure(a -> a.weight(3));
    goOn.release(1);
    Rest.until(() -> handles.stream().allMatch(h -> h.outcome().isPresent()));
    assertThat(order.subList(0, 80).stream().filter("agent"::equals).count())
        .as("of the first 80 starts")
        .isBetween(58L, 62L);
  }

  @Test
  void changedRateKeepsWhatIsMissingInTokens() {
    agent.reconfigure(a -> a.tokensPerMinute(6_000));
    assertThat(takes(4_000)).isTrue();
    agent.reconfigure(a -> a.tokensPerMinute(60_000).burstTokens(6_000));
    assertThat(takes(2_001)).isFalse();
    assertThat(takes(2_000)).isTrue();
    assertThat(takes(1)).isFalse();
    agent.reconfigure(a -> a.tokensPerMinute(600).burstTokens(6_000));
    clock.advance(ofMillis(99).toNanos());
    assertThat(takes(1)).isFalse();
    clock.advance(ofMillis(1).toNanos());
    assertThat(takes(1)).as("600 a minute are one in 100 ms").isTrue();
    assertThat(takes(1)).isFalse();
    agent.reconfigure(a -> a.burstTokens(6_010));
    assertThat(takes(11)).isFalse();
    assertThat(takes(10)).as("a larger bucket").isTrue();
    assertThat(takes(1)).isFalse();
    agent.reconfigure(a -> AgentSettings.DEFAULT);
    assertThat(takes(1_000_000)).as("no bucket").isTrue();
    agent.reconfigure(a -> a.tokensPerMinute(600).burstTokens(6_010));
    assertThat(takes(1)).as("a bucket taken away and given back is not refilled").isFalse();
  }

  // The job's places and the clock stand still meanwhile, so only the bucket decides.
  private boolean takes(long tokens) {
    Task<String> task = Task.<String>of(agent, target, Estimate.of(tokens, 0), attempt -> "");
    return switch (job.submit(task)) {
      case Admitted<String> handle -> {
        Rest.until(() -> handle.outcome().isPresent());
        yield true;
      }
      case Refused<String>(Refusal reason, var _) -> {
        assertThat(reason).isEqualTo(Refusal.AGENT_RATE);
        yield false;
      }
    };
  }

  @Test
  void changesAtOnceLoseNothing() throws Exception {
    Thread[] threads = new Thread[4];
    for (int i = 0; i < threads.length; i++) {
      threads[i] =
          Thread.ofPlatform()
              .start(
                  () -> {
                    for (int n = 0; n < 200; n++) {
                      agent.reconfigure(a -> a.weight(a.weight() + 1));
                    }
                  });
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(agent.settings().weight()).isEqualTo(801);
  }

  @Test
  void removedAgent() throws Exception {
    agent.reconfigure(a -> a.maxInFlight(1));
    List<Admitted<String>> handles = submit(3);
    awaitFigures(2, 1);
    removed(handles, agent::remove, Refusal.AGENT_REMOVED, "register it again");
    assertThatThrownBy(() -> agent.reconfigure(a -> a.weight(2)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll("agent agent was removed", "register it again");
    agent.remove();
    Agent again = headgate.agent("agent", a -> a.maxInFlight(2));
    goOn.release(1);
    assertThat(job.submitOrThrow(Task.<String>of(again, target, a -> "back")).join())
        .isEqualTo(new Completed<>("back"));
  }

  @Test
  void removedTarget() throws Exception {
    target.reconfigure(t -> t.maxInFlight(1));
    List<Admitted<String>> handles = submit(3);
    awaitFigures(2, 1);
    removed(handles, target::remove, Refusal.TARGET_REMOVED, "register it again");
    assertThatThrownBy(() -> target.reconfigure(t -> t.tool()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll("target target was removed", "register it again");
    target.remove();
    Target again = headgate.target("target", t -> t.maxInFlight(2));
    assertThat(job.submitOrThrow(Task.<String>of(agent, again, a -> "back")).join())
        .isEqualTo(new Completed<>("back"));
  }

  private void removed(List<Admitted<String>> handles, Runnable remove, Refusal reason, String mend)
      throws InterruptedException {
    remove.run();
    for (Admitted<String> waiting : handles.subList(1, 3)) {
      assertThat(waiting.join()).isEqualTo(new Cancelled<>(Cancellation.REMOVED));
    }
    assertThat(handles.get(0).outcome()).as("what runs goes on").isEmpty();
    Refused<?> refused = Rest.refused(job.submit(held()));
    assertThat(refused.reason()).isEqualTo(reason);
    assertThat(job.explain(held(), refused)).contains(reason.name(), mend);
    goOn.release(1);
    assertThat(handles.get(0).join()).isEqualTo(new Completed<>("done"));
  }

  @Test
  void sameIdWithOtherSettingsIsAnError() {
    assertThat(headgate.agent("agent", a -> a.maxInFlight(4))).isSameAs(agent);
    assertThat(headgate.target("target", t -> t.maxInFlight(4))).isSameAs(target);
    assertThatThrownBy(() -> headgate.agent("agent", a -> a.maxInFlight(3)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll("agent agent", "maxInFlight=4", "maxInFlight=3", "reconfigure");
    assertThatThrownBy(() -> headgate.target("target", t -> t.maxInFlight(3)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll("target target", "maxInFlight=4", "maxInFlight=3", "reconfigure");
    Job named = headgate.job("named", j -> j.tokenBudget(5));
    assertThat(headgate.job("named", j -> j.tokenBudget(5))).isSameAs(named);
    assertThatThrownBy(() -> headgate.job("named", j -> j.tokenBudget(6)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll("job named", "tokenBudget=5", "tokenBudget=6", "another id");
    named.close();
  }
}
