@NullMarked
package io.headgate.examples.langchain4j;

import org.jspecify.annotations.NullMarked;
