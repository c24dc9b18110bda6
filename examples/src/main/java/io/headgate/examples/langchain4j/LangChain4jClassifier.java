package io.headgate.examples.langchain4j;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.langchain4j.exception.HttpException;
import dev.langchain4j.exception.InternalServerException;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.NonRetriableException;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.exception.RetriableException;
import dev.langchain4j.exception.TimeoutException;
import dev.langchain4j.exception.ToolArgumentsException;
import dev.langchain4j.exception.ToolExecutionException;
import dev.langchain4j.exception.UnresolvedModelServerException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.guardrail.InputGuardrailException;
import dev.langchain4j.guardrail.OutputGuardrailException;
import dev.langchain4j.model.ModelDisabledException;
import dev.langchain4j.service.IllegalConfigurationException;
import dev.langchain4j.service.ModerationException;
import dev.langchain4j.service.output.OutputParsingException;
import io.headgate.CallClass;
import io.headgate.CallEnd;
import io.headgate.CallException;
import io.headgate.Classifier;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What LangChain4j's exceptions mean. Looks through all causes: the status of an answer over HTTP
 * says more than the exception that was made of it. What is not LangChain4j's goes to {@link
 * Classifier#DEFAULT}. Stateless; any thread.
 *
 * <p>There is never a time to come back: LangChain4j drops the headers of an answer.
 */
public final class LangChain4jClassifier implements Classifier {
  /** Causes may go round in a circle. */
  private static final int MAX_CAUSES = 16;

  @Override
  public CallEnd classify(@Nullable Object value, @Nullable Throwable failure) {
    if (failure == null) {
      return Classifier.DEFAULT.classify(value, null);
    }
    List<Throwable> causes = causes(failure);
    for (Throwable at : causes) {
      if (at instanceof CallException known) {
        return known.end();
      }
    }
    for (Throwable at : causes) {
      if (at instanceof ToolExecutionException) {
        break; // the model was there, and its tool's server was not
      }
      CallEnd end = Classifier.DEFAULT.classify(null, at);
      if (!end.sent()) {
        return end; // nobody was there to take it
      }
    }
    for (Throwable at : causes) {
      CallClass certain = certain(at);
      if (certain != null) {
        return CallEnd.of(certain);
      }
    }
    for (Throwable at : causes) {
      CallClass known = known(at);
      if (known != null) {
        return CallEnd.of(known);
      }
    }
    // A LangChain4jException by itself is a wrapper, and so is one of a tool that broke.
    int below = 0;
    for (int i = 0; i < causes.size(); i++) {
      below = causes.get(i) instanceof LangChain4jException ? i + 1 : below;
    }
    return CallEnd.of(
        below < causes.size()
            ? Classifier.DEFAULT.classify(null, causes.get(below)).callClass()
            : CallClass.FATAL);
  }

  private static List<Throwable> causes(Throwable failure) {
    List<Throwable> causes = new ArrayList<>();
    for (Throwable at = failure; at != null && causes.size() < MAX_CAUSES; at = at.getCause()) {
      causes.add(at);
    }
    return causes;
  }

  // What stands deeper and is not to be overruled by what wraps it.
  private static @Nullable CallClass certain(Throwable failure) {
    return switch (failure) {
      case HttpException answer -> ofStatus(answer.statusCode());
      case JsonProcessingException _ -> CallClass.BAD_ANSWER;
      default -> null;
    };
  }

  // LangChain4j throws it for whatever is no 2xx.
  private static CallClass ofStatus(int status) {
    CallClass callClass = CallClass.ofHttpStatus(status);
    return callClass == CallClass.OK ? CallClass.BAD_ANSWER : callClass;
  }

  private static @Nullable CallClass known(Throwable failure) {
    return switch (failure) {
      case RateLimitException _ -> CallClass.REJECTED;
      case TimeoutException _ -> CallClass.TIMED_OUT;
      case InternalServerException _, UnresolvedModelServerException _ -> CallClass.UNAVAILABLE;
      case RetriableException _ -> CallClass.UNAVAILABLE;
      // The model's doing: arguments that no tool can read, text that is not of the type that was
      // asked for, or what a guardrail would not let out.
      case ToolArgumentsException _, OutputParsingException _, OutputGuardrailException _ ->
          CallClass.BAD_ANSWER;
      // Authentication, invalid request, filtered content, no such model.
      case NonRetriableException _ -> CallClass.CALLER_FAULT;
      case UnsupportedFeatureException _,
          InputGuardrailException _,
          ModerationException _,
          IllegalConfigurationException _,
          ModelDisabledException _ ->
          CallClass.CALLER_FAULT;
      default -> null;
    };
  }
}
