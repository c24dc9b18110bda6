package io.headgate;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.headgate.Snapshot.Party;
import io.headgate.Snapshot.Quantiles;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The picture is one of one moment, and reads well in both forms. */
@Timeout(60)
class SnapshotTest {
  private static final int AGENTS = 80;

  @Test
  void isConsistentUnderLoad() throws Exception {
    try (var headgate = Headgate.builder().maxInFlight(8).maxWaiting(64).build()) {
      List<Agent> agents =
          IntStream.range(0, AGENTS).mapToObj(i -> headgate.agent("agent-" + i)).toList();
      List<Target> targets =
          IntStream.range(0, 4)
              .mapToObj(i -> headgate.target("target-" + i, t -> t.maxInFlight(3)))
              .toList();
      var stop = new AtomicBoolean();
      try (var job = headgate.job(j -> j.deadline(ofSeconds(60)).maxTasks(10_000))) {
        List<Thread> submitters =
            IntStream.range(0, 2)
                .mapToObj(n -> Thread.ofPlatform().start(() -> submit(job, agents, targets, stop)))
                .toList();
        for (int i = 0; i < 200; i++) {
          assertAddsUp(headgate.snapshot());
        }
        stop.set(true);
        for (Thread submitter : submitters) {
          submitter.join();
        }
      }
      Snapshot atRest = atRest(headgate);
      assertAddsUp(atRest);
      assertThat(ended(atRest)).isEqualTo(atRest.admitted());
      assertThat(atRest.totalTime().count()).isBetween(1L, atRest.admitted());
      assertThat(atRest.runTime().count())
          .isEqualTo(atRest.targets().stream().mapToLong(t -> t.runTime().count()).sum());
      assertThat(byReason(atRest.agents())).isEqualTo(atRest.refusals());
      assertThat(byReason(atRest.targets())).isEqualTo(atRest.refusals());
      assertThat(atRest.arrivalsPerSecond()).isPositive();
      assertThat(headgate.audit().violations()).isEmpty();
    }
  }

  private static void submit(
      Job job, List<Agent> agents, List<Target> targets, AtomicBoolean stop) {
    for (int i = 0; !stop.get(); i++) {
      Agent agent = agents.get(i % AGENTS);
      Target target = targets.get(i % targets.size());
      var _ =
          job.submit(
              Task.<String>of(
                  agent,
                  target,
                  Estimate.of(3, 4),
                  attempt -> {
                    LockSupport.parkNanos(100_000);
                    return "";
                  }));
    }
  }

  private static void assertAddsUp(Snapshot s) {
    assertThat(s.overruns()).as("overruns").isZero();
    assertThat(s.waiting() + s.inFlight() + s.suspended())
        .as("live tasks")
        .isEqualTo(Math.toIntExact(s.admitted() - ended(s)));
    assertThat(s.tokensReserved())
        .as("tokens of live tasks")
        .isEqualTo(7L * (s.waiting() + s.inFlight()));
    for (List<Party> parties : List.of(s.agents(), s.targets())) {
      assertThat(parties.stream().mapToInt(Party::waiting).sum()).isEqualTo(s.waiting());
      assertThat(parties.stream().mapToInt(Party::inFlight).sum()).isEqualTo(s.inFlight());
      assertThat(parties.stream().mapToLong(Party::tokensReserved).sum())
          .isEqualTo(s.tokensReserved());
      assertThat(parties.stream().mapToLong(Party::tokensSpent).sum()).isEqualTo(s.tokensSpent());
    }
    assertThat(started(s.agents())).isEqualTo(started(s.targets()));
  }

  private static long started(List<Party> parties) {
    return parties.stream().mapToLong(Party::started).sum();
  }

  private static long ended(Snapshot s) {
    return s.outcomes().values().stream().mapToLong(Long::longValue).sum();
  }

  private static Map<Refusal, Long> byReason(List<Party> parties) {
    Map<Refusal, Long> sums = new EnumMap<>(Refusal.class);
    parties.forEach(p -> p.refusals().forEach((reason, n) -> sums.merge(reason, n, Long::sum)));
    return sums;
  }

  private static Snapshot atRest(Headgate headgate) {
    long end = System.nanoTime() + ofSeconds(20).toNanos();
    while (true) {
      Snapshot s = headgate.snapshot();
      if (s.waiting() + s.inFlight() + s.suspended() + s.openJobs() == 0) {
        return s;
      }
      assertThat(System.nanoTime()).as("still busy: %s", s).isLessThan(end);
      LockSupport.parkNanos(1_000_000);
    }
  }

  @Test
  void countsRefusalsByReasonExactly() throws Exception {
    try (var headgate = Headgate.builder().maxInFlight(1).maxWaiting(100).build()) {
      Target target = headgate.target("target");
      Agent full = headgate.agent("full", a -> a.maxWaiting(1));
      Agent other = headgate.agent("other");
      var release = new CountDownLatch(1);
      Task<String> held =
          Task.<String>of(
              full,
              target,
              attempt -> {
                release.await();
                return "";
              });
      Job job = headgate.job(j -> j.tokenBudget(100_000));
      assertThat(job.submit(held)).isInstanceOf(Admitted.class);
      awaitInFlight(headgate, 1);
      assertThat(job.submit(held)).isInstanceOf(Admitted.class);
      for (int i = 0; i < 7; i++) {
        assertThat(job.submit(held)).isInstanceOf(Refused.class);
      }
      Task<String> tooBig = Task.<String>of(other, target, Estimate.of(100_001, 0), a -> "");
      for (int i = 0; i < 3; i++) {
        assertThat(job.submit(tooBig)).isInstanceOf(Refused.class);
      }
      release.countDown();
      job.close();
      assertThat(job.submit(tooBig)).isInstanceOf(Refused.class);
      Snapshot s = headgate.snapshot();
      assertThat(s.refusals())
          .containsOnly(
              Map.entry(Refusal.AGENT_WAITING_ROOM_FULL, 7L),
              Map.entry(Refusal.TOKEN_BUDGET, 3L),
              Map.entry(Refusal.JOB_CLOSED, 1L));
      assertThat(s.agents().get(0).refusals())
          .containsOnly(Map.entry(Refusal.AGENT_WAITING_ROOM_FULL, 7L));
      assertThat(s.targets().get(0).refusals()).isEqualTo(s.refusals());
    }
  }

  private static void awaitInFlight(Headgate headgate, int inFlight) {
    long end = System.nanoTime() + ofSeconds(20).toNanos();
    while (headgate.snapshot().inFlight() != inFlight) {
      assertThat(System.nanoTime()).as("in flight, not yet %s", inFlight).isLessThan(end);
      LockSupport.parkNanos(100_000);
    }
  }

  @Test
  void jsonIsJsonWhateverTheIds() throws Exception {
    String odd = "a\"b\\c\n\t\u0001\u007f\u2028é\ud83d\ude00\ud800/</script>";
    Snapshot snapshot = made(odd, 3);
    JsonNode json = new ObjectMapper().readTree(snapshot.toJson());
    assertThat(json.get("agents").get(0).get("id").asText()).isEqualTo(odd);
    assertThat(json.get("at").asText()).isEqualTo("2026-01-02T03:04:05.000000006Z");
    assertThat(json.get("waiting").asInt()).isEqualTo(12);
    assertThat(json.get("oldestWaitingSeconds").asDouble()).isEqualTo(0.0015);
    assertThat(json.get("moneySpentDollars").decimalValue()).isEqualByComparingTo("1234.567891234");
    assertThat(json.get("tokensLastMinute").asLong()).isEqualTo(2_345);
    assertThat(json.get("moneyLastMinuteDollars").decimalValue()).isEqualByComparingTo("3.456789");
    assertThat(json.get("limits").get("tokens").asLong()).isEqualTo(5_000);
    assertThat(json.get("limits").get("moneyDollars").decimalValue()).isEqualByComparingTo("12.5");
    assertThat(json.get("limits").get("tokensPerMinute").isNull()).isTrue();
    JsonNode ofAgent = json.get("agents").get(0).get("limits");
    assertThat(ofAgent.get("tokensPerMinute").asLong()).isEqualTo(1_000_000);
    assertThat(ofAgent.get("moneyPerMinuteDollars").decimalValue()).isEqualByComparingTo("0.25");
    assertThat(json.get("moneyReservedDollars").decimalValue()).isEqualByComparingTo("0.000000001");
    assertThat(json.get("refusals").get("AGENT_RATE").asLong()).isEqualTo(5);
    assertThat(json.get("outcomes").get("Completed").asLong()).isEqualTo(99);
    assertThat(json.get("waitTime").get("p99Seconds").asDouble()).isEqualTo(90);
    assertThat(json.get("agents").get(0).get("maxInFlight").isNull()).isTrue();
    assertThat(json.get("agents")).hasSize(3);
    List<String> names = new ArrayList<>();
    json.fieldNames().forEachRemaining(names::add);
    assertThat(names)
        .as("one for each component")
        .hasSameSizeAs(Snapshot.class.getRecordComponents());
    assertThat(json.get("targets").get(0).size())
        .isEqualTo(Party.class.getRecordComponents().length);
  }

  @Test
  void tableFitsATerminal() {
    String table = made("x\u001b[31m" + "y".repeat(120), 40).toString();
    assertThat(table.lines()).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(100));
    assertThat(table)
        .contains("(last minute 2345)")
        .contains("(last minute $3.46)")
        .contains("limits    all 5000 tokens, $12.5; ")
        .contains("spending  ")
        .contains("parked    7 of 5, with at most ")
        .contains("admitted  9.22E, to wrap up 3\n")
        .contains("learned   all at model 300 of 1000 calls, ");
    assertThat(table).doesNotContain("\u001b").contains("and 8 more agents").contains("AGENT_RATE");
    String empty =
        new Snapshot(
                Instant.EPOCH,
                0,
                0,
                0,
                0,
                0,
                0,
                "",
                null,
                Duration.ZERO,
                0,
                0,
                0,
                Duration.ZERO,
                0,
                0,
                0,
                0,
                0,
                0,
                Snapshot.Limits.NONE,
                0,
                0,
                0,
                0,
                Waste.NONE,
                0,
                0,
                0,
                Map.of(),
                Map.of(),
                Quantiles.NONE,
                Quantiles.NONE,
                Quantiles.NONE,
                List.of(),
                List.of(),
                List.of())
            .toString();
    assertThat(empty)
        .contains("refused   none")
        .doesNotContain("agent  ")
        .doesNotContain("parked  ")
        .doesNotContain("learned");
  }

  private static Snapshot made(String id, int parties) {
    Map<Refusal, Long> refusals = new EnumMap<>(Refusal.class);
    for (Refusal reason : Refusal.values()) {
      refusals.put(reason, reason == Refusal.AGENT_RATE ? 5L : Long.MAX_VALUE);
    }
    var quantiles =
        new Quantiles(
            Long.MAX_VALUE,
            ofMillis(999).plusNanos(999_999),
            ofSeconds(90),
            Duration.ofHours(30),
            Duration.ofDays(365));
    var party =
        new Party(
            id,
            1_000_000,
            999_999,
            100_000,
            99_999,
            AgentSettings.UNLIMITED,
            ofSeconds(2),
            12.5,
            0.25,
            ofSeconds(1),
            Long.MAX_VALUE,
            Long.MAX_VALUE,
            Long.MAX_VALUE,
            Long.MAX_VALUE,
            Long.MAX_VALUE,
            Long.MAX_VALUE,
            new Snapshot.Limits(1_000_000, SpendingLimits.NONE.moneyPerMinute(0.25)),
            new Waste(Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE),
            5.25,
            Long.MAX_VALUE,
            Long.MAX_VALUE,
            Long.MAX_VALUE,
            Long.MAX_VALUE,
            Long.MAX_VALUE,
            Long.MAX_VALUE,
            "HALF_OPEN",
            Instant.parse("2026-01-02T04:04:05Z"),
            Instant.parse("2026-01-02T03:04:35Z"),
            List.of(new Snapshot.Rung("small \"one\"", true, 3)),
            new Snapshot.Pace(588, 600.5, true),
            131,
            new Snapshot.Level(Priority.NORMAL, 0.375),
            List.of("tool", "model"),
            List.of("BURN_RATE"),
            refusals,
            quantiles,
            quantiles,
            quantiles);
    List<Party> all = IntStream.range(0, parties).mapToObj(i -> party).toList();
    return new Snapshot(
        Instant.parse("2026-01-02T03:04:05.000000006Z"),
        12,
        7,
        100_000,
        100_000,
        100_000,
        1_000_000,
        "DRAINED",
        Instant.parse("2026-01-02T03:05:00Z"),
        Duration.ofNanos(1_500_000),
        1e9,
        123456.789,
        0.001,
        Duration.ofDays(365),
        Long.MAX_VALUE,
        Long.MAX_VALUE,
        1,
        1_234_567_891_234L,
        2_345,
        3_456_789_000L,
        new Snapshot.Limits(AgentSettings.NO_RATE, SpendingLimits.NONE.tokens(5_000).money(12.5)),
        5,
        Long.MAX_VALUE,
        150,
        Long.MAX_VALUE,
        new Waste(Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE),
        1.25,
        Long.MAX_VALUE,
        3,
        new TreeMap<>(Map.of("Completed", 99L, "Failed", 1L)),
        refusals,
        quantiles,
        quantiles,
        quantiles,
        all,
        all,
        List.of(
            new Snapshot.Learned("", "model", 300, 1_000),
            new Snapshot.Learned(id, "model", Long.MAX_VALUE, 40)));
  }
}
