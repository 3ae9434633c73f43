using System.Text;
using Silo.Server.Intake;
using Silo.Testing.Fuzzing;
using Xunit;

namespace Silo.Server.Tests.Fuzzing;

public sealed class TemplateFuzzTests
{
    private static readonly byte[][] Corpus =
    [
        .. new[]
        {
            "Hello {{name}}, {{{raw}}} and {{ a.b.c }}.", "{{amazonSESUnsubscribeUrl}}", "{{#if x}}{{/if}}{{else}}{{> part}}{{!-- c --}}",
            "{{{{{{}}}}}}", "}}{{", "{{a..b}}{{.a}}{{this.x}}{{\"a\"}}", "{{ä}}{{a b}}{{\n}}",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    [Fact]
    public void Every_template_is_taken_apart_in_steps_that_move_on_and_nothing_of_it_is_lost()
    {
        foreach (var seed in Fuzz.Seeds)
        {
            var template = Encoding.Latin1.GetString(Mutator.Make(Corpus, seed));
            Fuzz.Try(seed, () =>
            {
                var (position, steps, literals) = (0, 0, 0);
                while (true)
                {
                    var before = position;
                    var step = PlainTemplate.Next(template, ref position, out var literal, out var placeholder);
                    literals += literal.Length;
                    // A placeholder takes five characters at least, so this bounds the time.
                    Assert.True(++steps <= template.Length / 5 + 1, "too many steps");
                    Assert.InRange(position, before, template.Length);
                    if (step == PlainTemplate.Step.Broken) return 0;
                    if (step == PlainTemplate.Step.End)
                    {
                        Assert.Equal(template.Length, position);
                        return literals;
                    }

                    Assert.True(position > before && placeholder.Path.Length > 0);
                    Assert.True(placeholder.Path.IndexOfAny("{}") < 0);
                }
            });
        }
    }
}
