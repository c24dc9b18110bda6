package io.headgate;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.SplittableRandom;
import org.agrona.concurrent.CachedNanoClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Agents, targets, jobs and ids are bounded; no id that comes back finds its quota refilled. */
@Timeout(60)
class BoundedTablesTest {
  private static final long GRACE_NS = 60_000_000_000L;

  private final CachedNanoClock clock = new CachedNanoClock();
  private final Headgate headgate =
      Headgate.builder()
          .maxAgents(2)
          .maxTargets(2)
          .maxJobs(3)
          .clocks(clock, clock::nanoTime)
          .build();
  private final Target tool = headgate.target("tool", t -> t.tool().loopGuard(LoopPolicy.OFF));

  @AfterEach
  void conserved() {
    headgate.close();
    Rest.assertConserved(headgate);
  }

  private boolean takes(Job job, Agent agent, long tokens) throws InterruptedException {
    Task<String> task = Task.<String>of(agent, tool, Estimate.of(tokens, 0), attempt -> "");
    if (job.submit(task) instanceof Admitted<String> handle) {
      assertThat(handle.join()).isEqualTo(new Outcome.Completed<>(""));
      return true;
    }
    return false;
  }

  @Test
  void fullTablesRefuseWithValueBoundAndMend() {
    var _ = headgate.agent("one");
    Agent two = headgate.agent("two");
    assertThatThrownBy(() -> headgate.agent("three"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "2 agents are registered, and maxAgents is 2; remove some that are at rest, or raise"
                + " maxAgents");
    Target model = headgate.target("model");
    assertThatThrownBy(() -> headgate.target("other"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "2 targets are registered, and maxTargets is 2; remove some that are at rest, or raise"
                + " maxTargets");
    two.remove();
    assertThat(headgate.agent("three").id()).isEqualTo("three");
    model.remove();
    assertThat(headgate.target("other").id()).isEqualTo("other");
    assertThatThrownBy(() -> headgate.agent("two")).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void jobsThatFindNoPlaceRefuse() {
    Agent agent = headgate.agent("agent");
    Job one = headgate.job("one", j -> j);
    Job two = headgate.job(j -> j);
    Job three = one.split("three", j -> j);
    Task<String> task = Task.<String>of(agent, tool, attempt -> "");
    for (Job none : new Job[] {headgate.job("none", j -> j), two.split("no-sub", j -> j)}) {
      Refused<?> refused = Rest.refused(none.submit(task));
      assertThat(refused.reason()).isEqualTo(Refusal.JOBS_FULL);
      assertThat(refused.retryAfter()).isBetween(ofMillis(10), ofMillis(12));
      assertThat(none.explain(task, refused))
          .contains("maxJobs allows, which is 3", "finish or close some, or raise maxJobs");
    }
    three.close();
    Rest.until(() -> headgate.snapshot().openJobs() == 2);
    assertThat(headgate.job("none", j -> j).isOpen()).isTrue();
  }

  @Test
  void removedAgentIsNotEvictedBeforeItsBucketIsFull() throws Exception {
    Job job = headgate.job(j -> j);
    Agent spender = headgate.agent("spender", a -> a.tokensPerMinute(60_000));
    var _ = headgate.agent("other");
    assertThat(takes(job, spender, 60_000)).isTrue();
    spender.remove();
    assertThatThrownBy(() -> headgate.agent("third")).isInstanceOf(IllegalStateException.class);
    clock.advance(59_999_000_000L);
    assertThatThrownBy(() -> headgate.agent("third")).isInstanceOf(IllegalStateException.class);
    Agent back = headgate.agent("spender", a -> a.tokensPerMinute(60_000));
    assertThat(takes(job, back, 60_000)).as("a millisecond's token is missing yet").isFalse();
    back.remove();
    clock.advance(1_000_000);
    Agent third = headgate.agent("third");
    third.remove();
    Agent fresh = headgate.agent("spender", a -> a.tokensPerMinute(60_000));
    assertThat(takes(job, fresh, 60_000)).isTrue();
    assertThat(takes(job, fresh, 1)).isFalse();
    assertThat(Rest.refused(job.submit(Task.<String>of(back, tool, a -> ""))).reason())
        .as("the handle of the evicted one")
        .isEqualTo(Refusal.AGENT_REMOVED);
  }

  @Test
  void spentJobIdIsRememberedUntilItsDeadlineAndAMinute() throws Exception {
    Agent agent = headgate.agent("agent");
    Job job = headgate.job("ticket", j -> j.tokenBudget(100).deadline(ofSeconds(10)));
    Job child = job.split("child", j -> j.tokenBudget(50));
    assertThat(takes(child, agent, 50)).isTrue();
    assertThat(takes(job, agent, 50)).isTrue();
    job.close();
    Rest.until(() -> headgate.snapshot().openJobs() == 0);
    clock.advance(10_000_000_000L + GRACE_NS - 1);
    for (String id : new String[] {"ticket", "child"}) {
      Job again = headgate.job(id, j -> j.tokenBudget(100));
      assertThat(again.isOpen()).isFalse();
      Task<String> task = Task.<String>of(agent, tool, attempt -> "");
      Refused<?> refused = Rest.refused(again.submit(task));
      assertThat(refused.reason()).isEqualTo(Refusal.JOB_CLOSED);
      assertThat(again.explain(task, refused)).contains(id, "remembered", "under a new id");
    }
    clock.advance(1);
    Job again = headgate.job("ticket", j -> j.tokenBudget(100));
    assertThat(takes(again, agent, 100)).isTrue();
    assertThat(headgate.job("child", j -> j).isOpen()).isTrue();
  }

  @Test
  void jobThatSpentNothingMayComeBack() {
    Job job = headgate.job("ticket", j -> j.tokenBudget(100));
    job.close();
    Rest.until(() -> headgate.snapshot().openJobs() == 0);
    Job again = headgate.job("ticket", j -> j.tokenBudget(70));
    assertThat(again.isOpen()).isTrue();
    assertThat(again.remainingTokens()).isEqualTo(70);
  }

  @Test
  void forgottenJobExpires() {
    Job forgotten = headgate.job("forgotten", j -> j.deadline(ofSeconds(1)));
    clock.advance(ofSeconds(1).toNanos());
    assertThat(forgotten.remaining()).isZero();
    clock.advance(1);
    Rest.until(() -> headgate.snapshot().openJobs() == 0);
    assertThat(forgotten.isOpen()).isFalse();
    assertThat(headgate.job("forgotten", j -> j).isOpen()).isTrue();
  }

  @Test
  void jobWithoutANameIsNobodyElses() {
    Job named = headgate.job("job#1", j -> j.tokenBudget(10));
    Job unnamed = headgate.job(j -> j.tokenBudget(10));
    assertThat(unnamed).isNotSameAs(named);
    assertThat(unnamed.id()).isNotEqualTo(named.id());
    assertThatThrownBy(() -> headgate.job(unnamed.id(), j -> j.tokenBudget(10)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void floodOfIdsLeavesTheHeapFlat() {
    flood(1_000_000);
  }

  @Test
  @Tag("slow")
  @Timeout(600)
  void floodOfTenMillionIdsLeavesTheHeapFlat() {
    flood(10_000_000);
  }

  // Of sixteen ids one is an agent that is registered and removed, five are jobs that are opened
  // and closed, the others agents and targets that are refused.
  private void flood(int ids) {
    var random = new SplittableRandom(4_711);
    try (var flooded = Headgate.builder().maxAgents(64).maxTargets(1).maxJobs(256).build()) {
      var _ = flooded.target("only");
      floodWith(flooded, random, 50_000);
      long before = usedHeap();
      int refused = floodWith(flooded, random, ids);
      long after = usedHeap();
      assertThat(refused).isGreaterThan(ids / 2);
      assertThat(after - before).as("growth of the heap in bytes").isLessThan(4L << 20);
      Rest.assertConserved(flooded);
    }
  }

  private static int floodWith(Headgate flooded, SplittableRandom random, int ids) {
    int refused = 0;
    for (int i = 0; i < ids; i++) {
      String id = Long.toHexString(random.nextLong()) + Long.toHexString(random.nextLong());
      int kind = i & 15;
      if (kind == 0) {
        flooded.agent(id).remove();
      } else if (kind < 6) {
        flooded.job(id, j -> j).close();
      } else {
        try {
          var _ = flooded.target(id);
        } catch (IllegalStateException e) {
          refused++;
        }
      }
    }
    return refused;
  }

  private static long usedHeap() {
    var memory = ManagementFactory.getMemoryMXBean();
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 4; i++) {
      memory.gc();
      least = Math.min(least, memory.getHeapMemoryUsage().getUsed());
    }
    return least;
  }

  @Test
  void whoIsPausedOrCutOffIsNotForgotten() throws Exception {
    var by = new By("kim", "looks odd");
    Duration minute = Duration.ofMinutes(1);
    Agent paused = headgate.agent("paused");
    Target shut = headgate.target("shut");
    headgate.operator().pause(paused, minute, by);
    headgate.operator().openBreaker(shut, minute, by);
    Agent cutOff = headgate.agent("cut-off");
    headgate.operator().openBreaker(cutOff, tool, minute, by);
    paused.remove();
    cutOff.remove();
    shut.remove();
    assertThatThrownBy(() -> headgate.agent("another")).hasMessageContaining("maxAgents is 2");
    assertThatThrownBy(() -> headgate.target("another")).hasMessageContaining("maxTargets is 2");
    clock.advance(minute.toNanos() + 1);
    headgate.agent("another").remove();
    headgate.target("another").remove();
  }
}
