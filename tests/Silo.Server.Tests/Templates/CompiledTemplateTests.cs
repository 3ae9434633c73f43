using Silo.Server.Intake;
using Silo.Server.Templates;
using Xunit;

namespace Silo.Server.Tests.Templates;

public sealed class CompiledTemplateTests
{
    [Theory]
    // The examples of the SES developer guide (send-personalized-email-advanced).
    [InlineData("{{meta.userId}} {{contact.address.city}}", "u Seattle")]
    [InlineData("{{#each subscription}}<{{interest}}>{{/each}}", "<Sports><Travel>")]
    [InlineData("{{#if name}}Dear {{name}}{{else}}Hello{{/if}}", "Dear Ann")]
    [InlineData("{{#if nothing}}a{{else if zero}}b{{else if name}}c{{else}}d{{/if}}", "c")]
    [InlineData("{{#* inline \"fullName\"}}{{name}}{{#if last}} {{last}}{{/if}}{{/inline}}Hi {{> fullName}}.", "Hi Ann.")]
    [InlineData("{{#unless nothing}}x{{/unless}}{{#unless name}}y{{else}}z{{/unless}}", "xz")]
    [InlineData("{{#with contact.address}}{{city}} {{../name}}{{/with}}{{#with nothing}}a{{else}}b{{/with}}", "Seattle Annb")]
    [InlineData("{{#each list}}{{@index}}{{#if @first}}f{{/if}}{{#if @last}}l{{/if}}{{this}}{{#unless @last}},{{/unless}}{{/each}}", "0fx,1y,2lz")]
    [InlineData("{{#each contact.address}}{{@key}}={{this}};{{/each}}", "city=Seattle;zip=9;")]
    [InlineData("{{#each subscription as |s i|}}{{i}}{{s.interest}} {{../name}} {{/each}}", "0Sports Ann 1Travel Ann ")]
    [InlineData("{{#each subscription}}{{#each ../list}}{{@../index}}{{@index}}{{../interest}} {{/each}}{{/each}}",
        "00Sports 01Sports 02Sports 10Travel 11Travel 12Travel ")]
    [InlineData("{{#each nothing}}a{{else}}none{{/each}}{{#each empty}}a{{else}}none{{/each}}", "nonenone")]
    [InlineData("{{lookup contact.address \"city\"}} {{lookup list 1}} {{#if (lookup contact.address key)}}k{{/if}}", "Seattle y k")]
    [InlineData("{{list.0}}{{list.[2]}}{{list.length}} {{@root.name}}", "xz3 Ann")]
    [InlineData("{{#list}}{{this}}{{/list}}{{#contact}}{{address.zip}}{{/contact}}{{^nothing}}n{{/nothing}}{{#yes}}{{name}}{{/yes}}", "xyz9nAnn")]
    [InlineData("a{{! no }}b{{!-- }} --}}c  {{~ name ~}}  d", "abcAnnd")]
    [InlineData("\\{{name}} {{name}} \\\\{{name}}", "{{name}} Ann \\Ann")]
    [InlineData("{{> p list }}{{#*inline \"p\"}}{{#each this}}{{.}}{{/each}}{{/inline}}{{> q a=name b='q'}}{{#*inline 'q'}}{{a}}{{b}}{{name}}{{/inline}}", "xyzAnnqAnn")]
    [InlineData("a\n  {{#if name}}\nb\n  {{/if}}\n  {{! c }}\nd", "a\nb\nd")]
    [InlineData("a\r\n{{#if name}}\r\nb\r\n{{else}}\r\nc\r\n{{/if}}\r\nd", "a\r\nb\r\nd")]
    [InlineData("{{zero}}{{no}}{{nil}}{{#if zero}}a{{/if}}{{#with zero}}w{{/with}}", "0false")]
    [InlineData("{{price}} {{big}} {{text.number}}", "1.10 1e3 01")]
    [InlineData("{{#if nothing}}a{{else each list}}{{this}}{{else}}b{{/if}}{{#if nothing}}a{{else unless name}}b{{else}}c{{/if}}", "xyzc")]
    [InlineData("{{#each nothing}}a{{else with contact.address}}{{city}}{{/each}}{{^contact.street}}n{{/contact.street}}", "Seattlen")]
    [InlineData("{{#each map as |value key|}}{{key}}{{value}} {{/each}}{{#with contact as |first|}}{{first.address.zip}}{{/with}}", "kv wu 9")]
    [InlineData("{{#with contact as |c|}}{{#if index}}a{{/if}}{{c.address.zip}}{{@root.first}}{{/with}}{{first}}{{#first}}f{{/first}}{{index}}", "9FFfI")]
    [InlineData("a{b:{{name}}}c{{#if name}}d{{/if}}}}", "a{b:Ann}cd}}")]
    [InlineData("a {{~{name}~}} x", "aAnnx")]
    [InlineData("{{[name]}}{{contact.[address].city}}{{contact/address/zip}}{{./name}}{{this.name}}", "AnnSeattle9AnnAnn")]
    [InlineData("{{Name}}{{LOOKUP}}", "12")]
    [InlineData("{{#*inline \"tree\"}}{{v}}{{#each kids}}({{> tree}}){{/each}}{{/inline}}{{#with tree}}{{> tree}}{{/with}}", "1(2(3))(4)")]
    public void A_template_is_filled_in_as_SES_documents_it(string template, string expected)
    {
        const string data = """
            {"meta":{"userId":"u"},"contact":{"address":{"city":"Seattle","zip":9}},"key":"city","name":"Ann","list":["x","y","z"],"empty":[],
            "subscription":[{"interest":"Sports"},{"interest":"Travel"}],"zero":0,"no":false,"yes":true,"nil":null,"map":{"k":"v","w":"u"},"first":"F","index":"I",
            "price":1.10,"big":1e3,"text":{"number":"01"},"Name":1,"LOOKUP":2,"tree":{"v":1,"kids":[{"v":2,"kids":[{"v":3,"kids":[]}]},{"v":4,"kids":[]}]}}
            """;
        Assert.Equal(expected, Rendered(template, data));
    }

    [Theory]
    [InlineData("{{name}}", "name")]
    [InlineData("{{a.b}}", "a.b")]
    [InlineData("{{#each l}}{{x}}{{/each}}", "x")]
    [InlineData("{{#with a}}{{l}}{{/with}}", "a.l")]
    [InlineData("{{../l}}", "..")]
    [InlineData("{{l.3}}", "l.3")]
    [InlineData("{{l.Count}}", "l.Count")]
    [InlineData("{{a.GetType}}", "a.GetType")]
    [InlineData("{{GetType}}", "GetType")]
    [InlineData("{{this.Keys}}", "Keys")]
    [InlineData("{{a.Members}}", "a.Members")]
    [InlineData("{{s.Length}}", "Length")]
    [InlineData("{{n.deep}}", "n.deep")]
    [InlineData("{{a.b.c}}", "a.b.c")]
    [InlineData("{{value}}", "value")]
    [InlineData("{{#each l as |x|}}{{first}}{{/each}}", "first")]
    [InlineData("{{lookup a 'b'}}", "a.b")]
    [InlineData("{{silo-run}}", "silo-run")]
    [InlineData("{{@index}}", "@index")]
    public void What_is_written_has_to_be_in_the_data(string template, string path)
    {
        var failed = Failed(template, """{"a":{"z":1},"l":[1,2,3],"s":"t","n":null}""");
        Assert.Equal((RenderFault.MissingAttribute, $"Attribute '{path}' is not present in the rendering data."), (failed.Fault, failed.Reason));
    }

    [Fact]
    public void What_is_only_asked_about_need_not_be_there() => Assert.Equal("no", Rendered("{{#if a.b.c}}yes{{else}}no{{/if}}", "{}"));

    [Fact]
    public void Text_is_escaped_in_HTML_and_nowhere_else()
    {
        const string part = "{{x}} {{{x}}} {{&x}} {{#each l}}{{this}}{{/each}}";
        var (template, fault) = CompiledTemplate.Compile(part, part, part);
        Assert.Null(fault);
        var result = Assert.IsType<RenderResult.Rendered>(template!.Render("""{"x":"<b>&\"'`=é","l":["<"]}"""));
        const string plain = "<b>&\"'`=é";
        Assert.Equal($"{plain} {plain} {plain} <", result.Subject);
        Assert.Equal(result.Subject, result.Text);
        Assert.Equal($"&lt;b&gt;&amp;&quot;&#x27;&#x60;&#x3D;é {plain} {plain} &lt;", result.Html);
    }

    [Fact]
    public void The_link_to_unsubscribe_by_is_left_for_the_service() =>
        Assert.Equal("a {{amazonSESUnsubscribeUrl}}", Rendered("a {{ amazonSESUnsubscribeUrl }}", "{}"));

    [Fact]
    public void The_place_of_the_image_is_left_for_the_service()
    {
        var (template, fault) = CompiledTemplate.Compile(
            "s", "{{ ses:openTracker }}", "<p>{{x}}</p>{{~ses:openTracker~}} <p>{{#if x}}{{{ses:openTracker}}}{{/if}}");
        Assert.Null(fault);
        var result = Assert.IsType<RenderResult.Rendered>(template!.Render("""{"x":1}"""));
        Assert.Equal(("{{ses:openTracker}}", "<p>1</p>{{ses:openTracker}}<p>{{ses:openTracker}}"), (result.Text, result.Html));
        Assert.NotNull(CompiledTemplate.Compile(null, "{{ses:openTrackers}}", null).Fault);
        Assert.NotNull(CompiledTemplate.Compile(null, "{{ses:other}}", null).Fault);
        Assert.NotNull(CompiledTemplate.Compile(null, "{{#ses:openTracker}}{{/ses:openTracker}}", null).Fault);
    }

    [Theory]
    [InlineData("ab{{#if x}}", 3, "nothing ends")]
    [InlineData("ab{{/if}}", 3, "not open")]
    [InlineData("{{#if x}}{{/each}}", 10, "'each' where 'if' is open")]
    [InlineData("{{#if}}{{/if}}", 1, "what 'if' is about")]
    [InlineData("{{#if x}}{{else}}{{else}}{{/if}}", 18, "second else")]
    [InlineData("{{else}}", 1, "outside of a block")]
    [InlineData("{{x", 1, "two braces")]
    [InlineData("{{{x}}", 1, "braces")]
    [InlineData("{{}}", 1, "no attribute")]
    [InlineData("{{upper x}}", 1, "helper")]
    [InlineData("{{#compare a b}}{{/compare}}", 1, "helper 'compare'")]
    [InlineData("{{lookup a}}", 1, "two arguments")]
    [InlineData("{{> p}}", 1, "partial 'p'")]
    [InlineData("{{#> p}}{{/p}}", 1, "not supported")]
    [InlineData("{{{{raw}}}}{{{{/raw}}}}", 1, "not supported")]
    [InlineData("{{#*foo 'x'}}{{/foo}}", 1, "not supported")]
    [InlineData("{{!-- x", 1, "comment")]
    [InlineData("{{@foo}}", 1, "no attribute")]
    [InlineData("{{@silo-run}}", 1, "no attribute")]
    [InlineData("{{@partial-block}}", 1, "no attribute")]
    [InlineData("{{log \"x\"}}", 1, "helper")]
    [InlineData("{{> file.hbs}}", 1, "partial 'file.hbs'")]
    [InlineData("{{#*inline 'p'}}{{/inline}}{{#*inline 'P'}}{{/inline}}", 28, "second time")]
    [InlineData("{{a'}}{{#if b}}'}}", 1, "two braces")]
    [InlineData("{ {{~a}}", 3, "brace")]
    public void A_slip_in_a_template_is_told_with_its_place(string template, int character, string problem)
    {
        var (_, fault) = CompiledTemplate.Compile("s", template, null);
        Assert.Equal((RenderFault.Template, "TemplateContent.Text"), (fault!.Fault, fault.Member));
        Assert.Contains($"character {character} ", fault.Reason);
        Assert.Contains(problem, fault.Reason);
    }

    [Fact]
    public void A_template_without_an_end_comes_to_one()
    {
        const string list = """{"l":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]}""";
        var loops = string.Concat(Enumerable.Repeat("{{#each @root.l}}", 20)) + string.Concat(Enumerable.Repeat("{{/each}}", 20));
        Assert.Equal(RenderFault.TooMuchWork, Failed(loops, list).Fault);
        Assert.Equal(RenderFault.TooMuchWork, Failed("{{#*inline \"p\"}}{{> p}}{{/inline}}{{> p}}", list).Fault);
        Assert.Equal(RenderFault.TooMuchWork, Failed("{{#*inline \"p\"}}{{> q}}{{/inline}}{{#*inline \"q\"}}{{> p a=1}}{{/inline}}{{> p}}", list).Fault);
        var copies = string.Concat(Enumerable.Repeat("{{#each @root.l}}", 4)) + "{{> p a=1}}" + string.Concat(Enumerable.Repeat("{{/each}}", 4)) + "{{#*inline \"p\"}}{{/inline}}";
        Assert.Equal(RenderFault.TooMuchWork, Failed(copies, list).Fault);
        var bomb = "{{#each @root.l}}{{#each @root.l}}{{#each @root.l}}" + new string('x', 5_000) + "{{/each}}{{/each}}{{/each}}";
        Assert.Equal(RenderFault.TooLarge, Failed(bomb, list).Fault);
        var quotes = new string('"', 100_000).Replace("\"", "\\\"");
        Assert.Equal(RenderFault.TooLarge, Failed("{{#each @root.l}}{{#each @root.l}}{{@root.q}}{{/each}}{{/each}}", list[..^1] + $",\"q\":\"{quotes}\"}}").Fault);
    }

    [Fact]
    public void A_template_has_as_many_blocks_inside_each_other_as_the_stack_bears()
    {
        Assert.Null(Deep(TemplateScan.MaxDepth));
        Assert.Contains("blocks deep", Deep(TemplateScan.MaxDepth + 1)!.Reason);
        Assert.Contains("blocks deep", TemplateScan.Read(string.Concat(Enumerable.Repeat("{{#if a}}", 100_000)), "x").Fault!.Reason);
        Assert.Contains("blocks deep", CompiledTemplate.Compile(null, "{{#if a}}" + string.Concat(Enumerable.Repeat("{{else if a}}", 20_000)) + "{{/if}}", null).Fault!.Reason);
        Assert.NotNull(CompiledTemplate.Compile(null, "{{#if " + new string('(', 100_000), null).Fault);
        Assert.NotNull(CompiledTemplate.Compile(null, "{{" + string.Concat(Enumerable.Repeat("../", 100_000)) + "a}}", null).Fault);

        static RenderResult.Failed? Deep(int depth) => CompiledTemplate.Compile(
            null, string.Concat(Enumerable.Repeat("{{#if a}}", depth)) + string.Concat(Enumerable.Repeat("{{/if}}", depth)), null).Fault;
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("1")]
    [InlineData("{")]
    [InlineData("{\"x\":1}}")]
    public void Data_must_be_a_JSON_object(string data) => Assert.Equal((RenderFault.Data, "TemplateData"), (Failed("{{x}}", data).Fault, Failed("{{x}}", data).Member));

    [Theory]
    [InlineData("""{"x":{}}""")]
    [InlineData("""{"x":[1]}""")]
    [InlineData("""{"x":"\ud800"}""")]
    public void What_is_written_is_a_text_or_a_number(string data) => Assert.Equal(RenderFault.Data, Failed("{{x}}", data).Fault);

    [Fact]
    public void Sizes_end_at_500_Ki_characters_of_template_and_262144_of_data()
    {
        var most = new string('x', TemplateRenderer.MaxTemplateCharacters);
        Assert.Equal(most, Rendered(most, "{}"));
        Assert.Equal(RenderFault.Template, CompiledTemplate.Compile("x", most, null).Fault!.Fault);
        Assert.Equal(RenderFault.Data, Failed("x", "{}".PadRight(262_145)).Fault);
    }

    private static string Rendered(string template, string data)
    {
        var (compiled, fault) = CompiledTemplate.Compile(null, template, null);
        Assert.True(fault is null, fault?.Reason);
        return Assert.IsType<RenderResult.Rendered>(compiled!.Render(data)).Text!;
    }

    private static RenderResult.Failed Failed(string template, string data)
    {
        var (compiled, fault) = CompiledTemplate.Compile(null, null, template);
        Assert.True(fault is null, fault?.Reason);
        return Assert.IsType<RenderResult.Failed>(compiled!.Render(data));
    }
}
