using System.Globalization;
using System.Text;
using HandlebarsDotNet;
using Silo.Server.Intake;
using Silo.Server.Templates;
using Xunit;

namespace Silo.Server.Tests.Templates;

public sealed class TemplateFuzzTests
{
    private static readonly string[] Pieces =
    [
        "{{", "}}", "{{{", "}}}", "{{#if a}}", "{{/if}}", "{{else}}", "{{#each l}}", "{{/each}}", "{{#*inline \"p\"}}", "{{/inline}}", "{{> p}}", "{{a}}",
        "{{o.b}}", "{{#with o}}", "{{/with}}", "{{^}}", "{{#l}}", "{{/l}}", "{{else if o}}", "{{@index}}", "{{lookup o 'b'}}", "(lookup o a)", "{{~a~}}", "{{!",
        "--}}", "{{!--", "\\", "'", "\"", "|", " as |x y|", "../", "this", ".", "[", "]", "~", "@", "=", "\n", " ", "x", "{", "}", "&", "\ud800", "\0", "é",
    ];

    /// <summary>Compiling takes milliseconds: the scan alone sees all of them, the engine some of those that it takes.</summary>
    [Fact]
    public void No_template_makes_the_engine_throw_or_go_on_for_ever()
    {
        const int count = 20_000, compiled = 150;
        var taken = 0;
        for (var seed = 0; seed < count; seed++)
        {
            var random = new Random(seed);
            var template = seed % 2 == 0 ? new TemplateSource(seed).Broken()
                : string.Concat(Enumerable.Range(0, random.Next(1, 24)).Select(_ => Pieces[random.Next(Pieces.Length)]));
            try
            {
                var (_, tags, _, fault) = TemplateScan.Read(template, "x");
                if (fault is not null || tags is 0 or > 20 || ++taken > compiled) continue;
                Check(template, ["""{"a":"1","l":[1,[2],{"l":[3]}],"o":{"b":"\ud800"}}""", """{"a":0,"o":{"b":1}}""", template]);
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {seed}: {template}: {e}");
            }
        }

        Assert.InRange(taken, count / 50, count);
    }

    [Fact]
    public void No_data_makes_a_template_throw_or_go_on_for_ever()
    {
        const int templates = 100, datas = 200;
        var rendered = 0;
        for (var seed = 0; seed < templates; seed++)
        {
            var source = new TemplateSource(seed);
            var template = source.Template();
            try
            {
                rendered += Check(template, Enumerable.Range(0, datas).Select(_ => source.Data()));
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {seed}: {template}: {e}");
            }
        }

        Assert.InRange(rendered, templates * datas / 50, templates * datas);
    }

    /// <summary>What the scan takes is never refused by the engine behind it, neither as a template nor with any data.</summary>
    private static int Check(string template, IEnumerable<string> datas)
    {
        var (compiled, fault) = CompiledTemplate.Compile(null, null, template);
        if (fault is not null) Assert.DoesNotContain("can be read", fault.Reason);
        if (compiled is null) return 0;
        var rendered = 0;
        foreach (var data in datas)
        {
            var result = compiled.Render(data);
            if (result is RenderResult.Failed failed) Assert.False(failed.Reason.Contains("cannot be rendered", StringComparison.Ordinal), data);
            else rendered++;
        }

        return rendered;
    }

    [Fact]
    public void What_is_common_is_rendered_as_Handlebars_renders_it()
    {
        var other = Handlebars.Create(new HandlebarsConfiguration());
        for (var seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            var template = new StringBuilder();
            Write(template, random, 3, inItem: false);
            var json = Data(random, out var data);
            var (compiled, fault) = CompiledTemplate.Compile(null, null, template.ToString());
            Assert.True(fault is null, $"seed {seed}: {fault?.Reason}: {template}");
            var ours = compiled!.Render(json);
            var text = ours is RenderResult.Rendered rendered ? rendered.Html : ((RenderResult.Failed)ours).Reason;
            var expected = other.Compile(template.ToString())(data);
            Assert.True(expected == text, $"seed {seed}: {template}\n{json}\n{text}\n{expected}");
        }
    }

    // Only what both take for the same: Handlebars.Net writes numbers, and what is missing, in its own way.
    private static void Write(StringBuilder template, Random random, int depth, bool inItem)
    {
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            var name = inItem ? "x" : "ab"[random.Next(2)].ToString();
            switch (random.Next(depth > 0 ? 8 : 3))
            {
                case 0: template.Append("t<&"); break;
                case 1: template.Append(CultureInfo.InvariantCulture, $"{{{{{name}}}}}"); break;
                case 2: template.Append(CultureInfo.InvariantCulture, $"{{{{{{{name}}}}}}}"); break;
                case 3: Block($"#if {name}", "if", inItem); break;
                case 4: Block($"#unless {name}", "unless", inItem); break;
                case 5 when !inItem: Block("#each items", "each", true); break;
                case 6 when !inItem: Block("#with one", "with", true); break;
                default: template.Append(inItem ? "{{../b}}{{@root.a}}" : "{{one.x}}"); break;
            }
        }

        void Block(string open, string close, bool item)
        {
            template.Append(CultureInfo.InvariantCulture, $"[{{{{{open}}}}}");
            // Inside of an item blocks that ask do not change what ../ leads to, on which engines differ: they hold text alone.
            if (item && inItem) template.Append("{{x}}");
            else Write(template, random, depth - 1, item);
            if (random.Next(2) == 0 && close is "if" or "unless") template.Append("{{else}}-");
            template.Append(CultureInfo.InvariantCulture, $"{{{{/{close}}}}}]");
        }
    }

    private static string Data(Random random, out Dictionary<string, object> data)
    {
        data = new Dictionary<string, object>
        {
            ["a"] = Text(), ["b"] = Text(), ["one"] = new Dictionary<string, object> { ["x"] = Text() },
            ["items"] = Enumerable.Range(0, random.Next(4)).Select(_ => (object)new Dictionary<string, object> { ["x"] = Text() }).ToList(),
        };
        return System.Text.Json.JsonSerializer.Serialize(data);

        string Text() => random.Next(3) == 0 ? "" : string.Create(random.Next(1, 5), random, static (span, r) =>
        {
            foreach (ref var c in span) c = "a<&\"'é="[r.Next(7)];
        });
    }
}
