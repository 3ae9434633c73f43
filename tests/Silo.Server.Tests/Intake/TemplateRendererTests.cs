using System.Text.Json;
using HandlebarsDotNet;
using Silo.Server.Intake;
using Xunit;

namespace Silo.Server.Tests.Intake;

public sealed class TemplateRendererTests
{
    [Fact]
    public void An_error_shows_the_beginning_of_a_long_path_only()
    {
        var failed = Assert.IsType<RenderResult.Failed>(TemplateRenderer.Render("{{" + new string('a', 50_000) + "}}", "t", null, "{}"));
        Assert.InRange(failed.Reason.Length, 100, 200);
    }

    [Fact]
    public void The_hundredth_look_up_finds_what_the_first_finds_however_many_members_there_are()
    {
        var data = $"{{\"a\":1,\"a\":2,\"o\":{{\"x\":1}},\"o\":{{\"b\":1,\"b\":3}},\"\\ud800\":0,{string.Join(',', Enumerable.Range(0, 20_000).Select(i => $"\"n{i}\":0"))}}}";
        var template = string.Concat(Enumerable.Repeat("{{a}}{{o.b}}", 20_000));
        Assert.Equal(string.Concat(Enumerable.Repeat("23", 20_000)), Rendered("s", template, null, data).Text);
        Assert.IsType<RenderResult.Failed>(TemplateRenderer.Render("s", template + "{{o.x}}", null, data));
    }

    [Fact]
    public void Substituted_text_is_escaped_in_HTML_and_nowhere_else()
    {
        const string template = "{{ x }} {{{x}}} {{a.b}} {{n}} {{t}}{{z}}";
        var result = Rendered(template, template, template, """{"x":"<b>&\"'`=é","a":{"b":"c"},"n":1.50,"t":true,"z":null}""");
        Assert.Equal("<b>&\"'`=é <b>&\"'`=é c 1.50 true", result.Subject);
        Assert.Equal(result.Subject, result.Text);
        Assert.Equal("&lt;b&gt;&amp;&quot;&#x27;&#x60;&#x3D;é <b>&\"'`=é c 1.50 true", result.Html);
    }

    [Theory]
    [InlineData("{{name}}", "name")]
    [InlineData("{{a.b}}", "a.b")]
    [InlineData("{{{name}}}", "name")]
    [InlineData("{{x.length}}", "x.length")]
    public void A_missing_attribute_is_a_rendering_failure_in_the_words_of_SES(string template, string path)
    {
        foreach (var part in new[] { 0, 1, 2 })
        {
            var failed = Failed(part == 0 ? template : null, part == 1 ? template : null, part == 2 ? template : null, """{"x":"1","a":{}}""");
            Assert.Equal((RenderFault.MissingAttribute, $"Attribute '{path}' is not present in the rendering data."), (failed.Fault, failed.Reason));
        }
    }

    [Theory]
    [InlineData("{{#if x}}1{{/if}}")]
    [InlineData("{{> partial}}")]
    [InlineData("{{lookup x y}}")]
    [InlineData("{{!comment}}")]
    [InlineData("{{else}}")]
    [InlineData("{{this}}")]
    [InlineData("{{x")]
    [InlineData("{{x}")]
    [InlineData("{{{x}}")]
    [InlineData("{{}}")]
    [InlineData("{{.}}")]
    [InlineData("{{a..b}}")]
    [InlineData("{{../x}}")]
    [InlineData("{{@root}}")]
    [InlineData("{{{{raw}}}}")]
    [InlineData("{{~x~}}")]
    public void Anything_but_plain_substitution_is_refused_where_it_stands(string template)
    {
        var failed = Failed("ok", "ab" + template, null, """{"x":1,"y":2}""");
        Assert.Equal((RenderFault.Template, "TemplateContent.Text"), (failed.Fault, failed.Member));
        Assert.Contains("character 3", failed.Reason);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("\"x\"")]
    [InlineData("1")]
    [InlineData("null")]
    [InlineData("{")]
    [InlineData("{\"x\":1}}")]
    public void Data_must_be_a_JSON_object(string data)
    {
        var failed = Failed("{{x}}", null, null, data);
        Assert.Equal((RenderFault.Data, "TemplateData"), (failed.Fault, failed.Member));
    }

    [Theory]
    [InlineData("""{"x":{}}""")]
    [InlineData("""{"x":[1]}""")]
    [InlineData("""{"x":"\ud800"}""")]
    public void An_attribute_must_be_text_or_a_number(string data) => Assert.Equal(RenderFault.Data, Failed("{{x}}", null, null, data).Fault);

    [Fact]
    public void The_placeholders_of_the_service_stay()
    {
        Assert.Equal("x {{amazonSESUnsubscribeUrl}}", Rendered(null, null, "x {{ amazonSESUnsubscribeUrl }}", null).Html);
        Assert.Equal("x {{ses:openTracker}}", Rendered(null, null, "x {{ ses:openTracker }}", null).Html);
    }

    [Fact]
    public void Sizes_end_at_500_KiB_of_template_262144_characters_of_data_and_a_message_of_result()
    {
        Rendered(new string('x', TemplateRenderer.MaxTemplateCharacters), null, null, null);
        Assert.Equal(RenderFault.Template, Failed(new string('x', TemplateRenderer.MaxTemplateCharacters), "x", null, null).Fault);
        Rendered("x", null, null, "{}".PadRight(262_144));
        Assert.Equal(RenderFault.Data, Failed("x", null, null, "{}".PadRight(262_145)).Fault);
        var bomb = string.Concat(Enumerable.Repeat("{{x}}", 100_000));
        Assert.Equal(RenderFault.TooLarge, Failed(null, null, bomb, $$"""{"x":"{{new string('<', 262_000)}}"}""").Fault);
        Assert.Equal(RenderFault.Data, Failed("x", null, null, string.Concat(Enumerable.Repeat("{\"x\":", 40)) + "1" + new string('}', 40)).Fault);
    }

    [Fact]
    public void Handlebars_renders_every_plain_template_to_the_same()
    {
        const string alphabet = "ab <>&\"'`=é\n.1";
        var plain = Handlebars.Create(new HandlebarsConfiguration { NoEscape = true });
        var escaping = Handlebars.Create(new HandlebarsConfiguration());
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var data = new Dictionary<string, object> { ["x"] = Noise(), ["long_name-1"] = Noise(), ["a"] = new Dictionary<string, object> { ["b"] = Noise() } };
            var template = string.Concat(Enumerable.Range(0, 8).Select(_ => Noise() + random.Next(4) switch
            {
                0 => "{{x}}", 1 => "{{ long_name-1 }}", 2 => "{{{a.b}}}", _ => "{{a.b}}",
            }));
            var result = Rendered(template, null, template, JsonSerializer.Serialize(data));
            Assert.True(plain.Compile(template)(data) == result.Subject, $"seed {seed}");
            Assert.True(escaping.Compile(template)(data) == result.Html, $"seed {seed}");

            string Noise() => string.Create(random.Next(0, 12), random, static (span, r) =>
            {
                foreach (ref var c in span) c = alphabet[r.Next(alphabet.Length)];
            });
        }
    }

    [Fact]
    public void No_template_and_no_data_make_the_renderer_throw()
    {
        const string alphabet = "{{{}}}ax.#>!\"\\ud8:,[]0 \ud800\0";
        for (var seed = 0; seed < 50_000; seed++)
        {
            var random = new Random(seed);
            TemplateRenderer.Render(Noise(), Noise(), Noise(), random.Next(2) == 0 ? Noise() : """{"a":"1","x":{"a":"\ud800"}}""");

            string Noise() => string.Create(random.Next(0, 16), random, static (span, r) =>
            {
                foreach (ref var c in span) c = alphabet[r.Next(alphabet.Length)];
            });
        }
    }

    private static RenderResult.Rendered Rendered(string? subject, string? text, string? html, string? data) =>
        Assert.IsType<RenderResult.Rendered>(TemplateRenderer.Render(subject, text, html, data));

    private static RenderResult.Failed Failed(string? subject, string? text, string? html, string? data) =>
        Assert.IsType<RenderResult.Failed>(TemplateRenderer.Render(subject, text, html, data));
}
