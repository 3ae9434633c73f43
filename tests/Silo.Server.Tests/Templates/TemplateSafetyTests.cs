using Silo.Server.Intake;
using Silo.Server.Templates;
using Xunit;

namespace Silo.Server.Tests.Templates;

public sealed class TemplateSafetyTests
{
    /// <summary>The engine indents partials that stand alone, without escaping them: none may reach it like that.</summary>
    [Fact]
    public void What_a_partial_writes_is_escaped_wherever_it_stands()
    {
        string[] before = ["", "a", "\n", "  ", "\n  ", "a\n\t", "\n  \n", "  \n", "a\n \n  ", "\r\n  ", "a  \r\n", "\f  ", "\n\u00a0 ", "{{! }}\n  ", "{{x}}  ", "\\{{y\n  "];
        string[] after = ["", "\n", "  \n", "\r\n", "{{! }}\n", "}\n"];
        string[] tags = ["{{> p}}", "{{~>p this~}}", "{{> p y=x}}"];
        foreach (var tag in tags)
        {
            // Of all places in one template, to compile it once.
            var places = string.Concat(before.SelectMany(b => after.Select(a => $"x{b}{tag}{a}")));
            var template = $"{{{{#*inline 'p'}}}}[{{{{x}}}}]\n{{{{/inline}}}}{places}";
            Assert.DoesNotContain('<', Rendered(template, """{"x":"<"}"""));
        }

        foreach (var b in before) Assert.DoesNotContain('<', Rendered($"{b}{{{{> p}}}}\n{{{{#*inline 'p'}}}}{{{{x}}}}\n{{{{/inline}}}}", """{"x":"<"}"""));
    }

    [Fact]
    public void A_long_name_above_many_members_is_not_kept_for_each()
    {
        var data = $"{{\"{Repeat("x", 130_000)}\":{{{string.Join(',', Enumerable.Range(0, 12_000).Select(i => $"\"{i}\":[]"))}}}}}";
        var template = Compiled("{{#each this}}{{#each this}}{{this.y}}{{/each}}{{/each}}");
        var before = GC.GetAllocatedBytesForCurrentThread();
        var failed = Assert.IsType<RenderResult.Failed>(template.Render(data));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100 << 20);
        Assert.Contains($"'{Repeat("x", 100)}…'", failed.Reason);
    }

    [Fact]
    public void The_placeholder_of_the_link_stays_one_inside_of_blocks_with_a_context() =>
        Assert.Equal(PlainTemplate.UnsubscribeUrl, Rendered("{{#with a}}{{amazonSESUnsubscribeUrl}}{{/with}}", """{"a":{"b":1}}"""));

    [Fact]
    public void Work_that_partials_multiply_comes_to_an_end()
    {
        var data = string.Concat(Enumerable.Repeat("{\"c\":", 31)) + "1" + new string('}', 31);
        const string twice = "{{#*inline 'p'}}{{#if c}}{{> p c}}{{> p c a=1}}{{/if}}{{/inline}}{{> p}}";
        Assert.Equal(RenderFault.TooMuchWork, Failed(twice, data).Fault);
    }

    [Fact]
    public void Blocks_and_partials_inside_each_other_end_before_a_small_stack_does()
    {
        var deep = "{{#*inline 'p'}}" + Repeat("{{#with this}}", TemplateScan.MaxDepth - 2) + "{{> p this}}" + Repeat("{{/with}}", TemplateScan.MaxDepth - 2)
            + "{{/inline}}{{> p}}";
        RenderResult? result = null;
        var thread = new Thread(() => result = Compiled(deep).Render("""{"a":1}"""), 384 * 1024);
        thread.Start();
        thread.Join();
        Assert.Equal(RenderFault.TooMuchWork, Assert.IsType<RenderResult.Failed>(result).Fault);
    }

    [Theory]
    [InlineData(TemplateScan.MaxTags, "{{a}}", "tags")]
    [InlineData(TemplateScan.MaxBlocks, "{{#a}}{{/a}}", "blocks")]
    [InlineData(TemplateScan.MaxBlank, " ", "in a row")]
    public void A_part_has_so_many_tags_blocks_and_blanks_and_not_one_more(int most, string piece, string problem)
    {
        Assert.Null(TemplateScan.Read(Repeat(piece, most), "x").Fault);
        var fault = TemplateScan.Read(Repeat(piece, most + 1), "x").Fault!;
        Assert.Equal(RenderFault.Template, fault.Fault);
        Assert.Contains(problem, fault.Reason);
    }

    [Fact]
    public void Inputs_of_a_tag_count_as_tags() =>
        Assert.Contains("tags", TemplateScan.Read("{{#*inline 'p'}}{{/inline}}{{> p" + Repeat(" a=1", TemplateScan.MaxTags) + "}}", "x").Fault!.Reason);

    [Fact]
    public void One_template_is_rendered_by_many_at_the_same_time()
    {
        var template = Compiled("{{#each l as |x i|}}{{#if x}}{{i}}{{x}}{{else}}-{{/if}}{{> p x=x}}{{/each}}{{#*inline 'p'}}<{{x}}>{{/inline}}");
        Parallel.For(0, 500, n =>
        {
            var result = Assert.IsType<RenderResult.Rendered>(template.Render($$"""{"l":[{{n}},"a{{n}}",null]}"""));
            Assert.Equal($"{(n == 0 ? "-" : $"0{n}")}<{n}>1a{n}<a{n}>-<>", result.Html);
        });
    }

    [Fact]
    public void A_template_costs_more_the_more_is_compiled()
    {
        var (plain, tags, blocks) = (Compiled("x").Cost, Compiled(Repeat("{{a}}", 10)).Cost, Compiled(Repeat("{{#a}}{{/a}}", 10)).Cost);
        Assert.InRange(plain, 10_000, 100_000);
        Assert.InRange(tags, plain + 10_000, plain + 50_000);
        Assert.InRange(blocks, tags + 10_000, tags + 200_000);
    }

    private static string Repeat(string text, int count) => string.Concat(Enumerable.Repeat(text, count));

    private static CompiledTemplate Compiled(string template)
    {
        var (compiled, fault) = CompiledTemplate.Compile(null, null, template);
        Assert.True(fault is null, fault?.Reason);
        return compiled!;
    }

    private static string Rendered(string template, string data) => Assert.IsType<RenderResult.Rendered>(Compiled(template).Render(data)).Html!;

    private static RenderResult.Failed Failed(string template, string data) => Assert.IsType<RenderResult.Failed>(Compiled(template).Render(data));
}
