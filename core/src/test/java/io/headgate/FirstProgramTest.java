package io.headgate;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.Outcome.Completed;
import org.junit.jupiter.api.Test;

/** The first program of the README, run for real. */
class FirstProgramTest {
  @Test
  void admitsRunsAndAnswers() throws Exception {
    try (var headgate =
        Headgate.builder().maxInFlight(256).maxWaiting(4_096).tokensPerMinute(2_000_000).build()) {
      var model = headgate.target("gpt-large", t -> t.maxInFlight(64).timeout(ofSeconds(20)));
      var researcher =
          headgate.agent(
              "researcher", a -> a.maxInFlight(8).maxWaiting(64).tokensPerMinute(200_000));
      try (var job =
          headgate.job("ticket-4711", j -> j.tokenBudget(50_000).deadline(ofSeconds(30)))) {
        String answer =
            switch (job.submit(
                Task.<String>of(
                    researcher,
                    model,
                    Estimate.of(900, 500),
                    attempt -> {
                      attempt.usage(900, 42);
                      return "forty-two";
                    }))) {
              case Admitted<String> handle ->
                  switch (handle.join()) {
                    case Completed<String>(var value, var _) -> value;
                    case Outcome<String> other -> "no answer: " + other;
                  };
              case Refused<String>(var reason, var retryAfter) ->
                  "refused: " + reason + " " + retryAfter;
            };
        assertThat(answer).isEqualTo("forty-two");
        assertThat(job.remainingTokens()).isEqualTo(50_000 - 942);
      }
      assertThat(headgate.shutdown(ofSeconds(5))).isTrue();
      assertThat(headgate.audit().violations()).isEmpty();
      assertThat(headgate.audit().atRest()).isTrue();
    }
  }
}
