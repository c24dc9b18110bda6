package io.headgate.examples.redteam;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.headgate.Headgate;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Every attack for about a second; and that each verdict can be the other one. */
final class RedTeamTest {
  /** An attack on a build machine is judged by goodput; its p99 is what else runs there. */
  private static final RedTeamOptions.Bars ON_A_BUSY_MACHINE =
      new RedTeamOptions.Bars(0.9, 1_000, 1_000);

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private static RedTeamReport attack(
      Defences defences, RedTeamOptions.Bars bars, List<String> only) throws InterruptedException {
    var listener = new HostileListener();
    var clock = new JumpyClock();
    try (Headgate headgate =
        Headgate.builder()
            .listener(listener)
            .clocks(clock.nanoClock(), clock.epochClock())
            .patience(Duration.ofMillis(100))
            .build()) {
      return RedTeam.attack(
          headgate,
          RedTeamOptions.DEFAULT
              .each(Duration.ofSeconds(1))
              .only(only)
              .defences(defences)
              .bars(bars)
              .listener(listener)
              .clock(clock));
    }
  }

  @Test
  void everyAttackIsHeldButOne() throws InterruptedException {
    List<String> held = Attacks.names().stream().filter(name -> !name.equals("sybils")).toList();

    RedTeamReport report = attack(Defences.USUAL, ON_A_BUSY_MACHINE, held);

    assertThat(report.verdicts()).hasSize(held.size());
    assertThat(report.verdicts())
        .allSatisfy(verdict -> assertThat(verdict.gotThrough()).as(verdict.attack()).isEmpty())
        .allSatisfy(verdict -> assertThat(verdict.applied()).as(verdict.attack()).isTrue())
        .allSatisfy(verdict -> assertThat(verdict.submitted()).as(verdict.attack()).isPositive());
    assertThat(report.leaks()).isEmpty();
    assertThat(report.held()).isTrue();
  }

  // Whatever was switched off is what stops it: without that each gets what it is after.
  @Test
  void withoutDefencesTheyGetThrough() throws InterruptedException {
    Map<String, String> after =
        Map.of(
            "recursive-chain", "calls of one job",
            "self-correcting-loop", "calls of one job that led nowhere",
            "malformed-answers", "calls of jobs that were billed two billion tokens before",
            "argument-bombs", "same calls of one job",
            "deaf-calls", "deaf calls at once",
            "dribbling-server", "a call of",
            "priority-abuse", "an honest client",
            "budget-race", "tokens of one job");

    RedTeamReport report =
        attack(Defences.NONE, RedTeamOptions.Bars.DEFAULT, List.copyOf(after.keySet()));

    assertThat(report.verdicts()).hasSize(after.size());
    assertThat(report.verdicts())
        .allSatisfy(
            verdict ->
                assertThat(verdict.gotThrough())
                    .as(verdict.attack())
                    .anyMatch(what -> what.contains(after.get(verdict.attack()))));
    assertThat(report.held()).isFalse();
    assertThat(report.toTable()).contains("GOT THROUGH");
  }

  @Test
  void aHookThatOnlyTheHostCanGiveIsNotTriedWithoutIt() throws InterruptedException {
    try (Headgate headgate = Headgate.builder().build()) {
      RedTeamReport report =
          RedTeam.attack(
              headgate,
              RedTeamOptions.DEFAULT
                  .each(Duration.ofMillis(200))
                  .only(List.of("jumping-clock"))
                  .bars(ON_A_BUSY_MACHINE));

      assertThat(report.verdicts())
          .singleElement()
          .satisfies(verdict -> assertThat(verdict.applied()).isFalse());
      assertThat(report.toTable()).contains("not tried");
    }
  }

  @Test
  void anHonestClientThatIsNotAnsweredIsToldOf() throws InterruptedException {
    try (Headgate headgate = Headgate.builder().maxInFlight(1).maxWaiting(4).build()) {
      RedTeamReport report =
          RedTeam.attack(
              headgate,
              RedTeamOptions.DEFAULT
                  .each(Duration.ofSeconds(1))
                  .only(List.of("submit-cancel-churn"))
                  .defences(new Defences(a -> a, t -> t.maxInFlight(1), t -> t.tool(), j -> j))
                  .bars(new RedTeamOptions.Bars(0.99, 1, 0)));

      assertThat(report.verdicts().getFirst().gotThrough())
          .anyMatch(what -> what.contains("an honest client"));
    }
  }

  @Test
  void theProgramSaysByItsExitCodeWhetherOneGotThrough() throws Exception {
    assertThat(run(Defences.USUAL, "--seconds", "1", "--only", "budget-race", "--json")).isZero();
    var report = new ObjectMapper().readTree(out.toString(UTF_8));
    assertThat(report.get("held").asBoolean()).isTrue();
    assertThat(report.get("attacks").get(0).get("attack").asText()).isEqualTo("budget-race");
    assertThat(report.get("start").get("liveHeapBytes").asLong()).isPositive();

    assertThat(run(Defences.NONE, "--seconds", "1", "--only", "self-correcting-loop")).isEqualTo(1);
    assertThat(out.toString(UTF_8)).contains("GOT THROUGH").contains("honest client in calm");
  }

  @Test
  void aBadOptionIsExitCodeTwo() throws InterruptedException {
    assertThat(run(Defences.USUAL, "--only", "no-such")).isEqualTo(2);
    assertThat(run(Defences.USUAL, "--seconds", "many")).isEqualTo(2);
    assertThat(run(Defences.USUAL, "--seconds", "0")).isEqualTo(2);
    assertThat(run(Defences.USUAL, "--seconds")).isEqualTo(2);
    assertThat(run(Defences.USUAL, "--fast")).isEqualTo(2);
    assertThat(err.toString(UTF_8))
        .contains("there is no attack named no-such; use recursive-chain")
        .contains("--seconds is many, but must be a number")
        .contains("--seconds has no value")
        .contains("there is no option --fast");
  }

  private int run(Defences defences, String... args) throws InterruptedException {
    out.reset();
    return RedTeam.run(
        List.of(args),
        RedTeamOptions.DEFAULT.defences(defences).bars(ON_A_BUSY_MACHINE),
        new PrintStream(out, true, UTF_8),
        new PrintStream(err, true, UTF_8));
  }
}
