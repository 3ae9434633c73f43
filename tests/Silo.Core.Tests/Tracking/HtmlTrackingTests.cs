using System.Text;
using Silo.Core.Messages;
using Silo.Core.Tracking;
using Xunit;

namespace Silo.Core.Tests.Tracking;

public sealed class HtmlTrackingTests
{
    private const string Image = "https://t.example/o/x";
    private const string Pixel = """<img alt="" src="https://t.example/o/x" style="display: none; width: 1px; height: 1px;">""";

    [Fact]
    public void Many_comments_take_no_longer_than_their_characters()
    {
        var comments = string.Concat(Enumerable.Repeat("<!--x--><!---y--!><!---->", 400_000));
        var (text, fault) = HtmlTracking.Rewrite(comments + """<a href="https://a.example/">""", l => $"L({l.Target})", null);
        Assert.Null(fault);
        Assert.EndsWith("""--><a href="L(https://a.example/)">""", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""<a href="https://a.example/x">x</a>""", """<a href="L(https://a.example/x)">x</a>""")]
    [InlineData("<A CLASS=b\nHREF = 'http://a.example/?a=1&amp;b=2' id=c>", "<A CLASS=b\nHREF = 'L(http://a.example/?a=1&b=2)' id=c>")]
    [InlineData("<area href=https://a.example/ shape=rect>", "<area href=L(https://a.example/) shape=rect>")]
    [InlineData("""<a href=" https://a.example ">x</a><a href="https://b.example">""", """<a href="L(https://a.example)">x</a><a href="L(https://b.example)">""")]
    [InlineData("""<a href="https://a.example/1" href="https://a.example/2">""", """<a href="L(https://a.example/1)" href="https://a.example/2">""")]
    [InlineData("""<a/href="https://a.example"title=">">x</a>""", """<a/href="L(https://a.example)"title=">">x</a>""")]
    [InlineData("""<p title="<a href='https://a.example'>">""", null)]
    [InlineData("""<a href="mailto:a@b.example">""", null)]
    [InlineData("""<a href="tel:+1"><a href="#top"><a href=""><a href><a>""", null)]
    [InlineData("""<a href="ftp://a.example/"><a href="//a.example/"><a href="/x">""", null)]
    [InlineData("""<a href="https://a.example/{{name}}">""", null)]
    [InlineData("""<a href="https://a.example/%zz">""", null)]
    [InlineData("""<a href="https://a.example/%4">""", null)]
    [InlineData("""<a href="https://a.example/grüße">""", null)]
    [InlineData("""<a href="https://a.example\@b.example/">""", null)]
    [InlineData("""<a href="https://a b.example/">""", null)]
    [InlineData("""<a href="https://">""", null)]
    [InlineData("""<a href=https://a.example/<b>">""", null)]
    [InlineData("""<link href="https://a.example/x.css"><img src="https://a.example/i.png"><form action="https://a.example">""", null)]
    [InlineData("""<abbr href="https://a.example"><a-b href="https://a.example">""", null)]
    [InlineData("""<!-- <a href="https://a.example"> --><a href="https://b.example">""", """<!-- <a href="https://a.example"> --><a href="L(https://b.example)">""")]
    [InlineData("""<!--[if mso]><a href="https://a.example"><![endif]-->""", null)]
    [InlineData("""<![if !mso]><a href="https://a.example"><![endif]>""", """<![if !mso]><a href="L(https://a.example)"><![endif]>""")]
    [InlineData("""<!--><a href="https://a.example">""", """<!--><a href="L(https://a.example)">""")]
    [InlineData("""<!-- <a href="https://a.example">""", null)]
    [InlineData("""<script>"<a href='https://a.example'>"</scripts></script><a href="https://b.example">""",
        """<script>"<a href='https://a.example'>"</scripts></script><a href="L(https://b.example)">""")]
    [InlineData("""<style>a:after{content:"<a href='https://a.example'>"}</style>""", null)]
    [InlineData("""<a href="https://a.example""", null)]
    [InlineData("""1 < 2 <3 <> </> <a href="https://a.example">""", """1 < 2 <3 <> </> <a href="L(https://a.example)">""")]
    public void Links_of_a_and_area_are_replaced_and_nothing_else(string html, string? expected) =>
        Assert.Equal(expected ?? html, HtmlTracking.Rewrite(html, l => $"L({l.Target})", null).Html);

    [Fact]
    public void Marks_for_the_service_are_taken_out_and_honoured()
    {
        var tags = new List<string>();
        var (html, _) = HtmlTracking.Rewrite(
            """<a ses:no-track href="https://a.example"><a href="https://b.example" ses:tags="product:book;genre:crime;bad;x:ü" ses:custom-path='p'>""",
            l =>
            {
                tags.AddRange(l.Tags.Select(t => $"{t.Name}={t.Value}"));
                return "L";
            }, null);
        Assert.Equal("""<a href="https://a.example"><a href="L">""", html);
        Assert.Equal(["product=book", "genre=crime"], tags);
        // Nobody who gets the mail needs them, whether or not it is tracked.
        Assert.Equal("""<a href="https://a.example">""", HtmlTracking.Rewrite("""<a href="https://a.example" SES:NO-TRACK="">""", null, null).Html);
    }

    [Theory]
    [InlineData("<html><body><p>x</p></body></html>", "<html><body><p>x</p>@</body></html>")]
    [InlineData("<p>x</p>", "<p>x</p>@")]
    [InlineData("<p>x</html>\r\n", "<p>x@</html>\r\n")]
    [InlineData("</body><!-- </body> --><p></BODY >", "</body><!-- </body> --><p>@</BODY >")]
    [InlineData("<p>{{ses:openTracker}}</p></body>", "<p>@</p></body>")]
    [InlineData("", "@")]
    public void The_image_stands_at_the_end_of_the_body_or_where_the_mark_is(string html, string expected)
    {
        Assert.Equal(expected.Replace("@", Pixel, StringComparison.Ordinal), HtmlTracking.Rewrite(html, null, Image).Html);
        Assert.Equal(html.Replace(HtmlTracking.OpenTracker, "", StringComparison.Ordinal), HtmlTracking.Rewrite(html, null, null).Html);
    }

    [Fact]
    public void Two_marks_for_one_image_are_refused()
    {
        var (html, fault) = HtmlTracking.Rewrite("{{ses:openTracker}} {{ses:openTracker}}", null, Image);
        Assert.Null(html);
        Assert.Contains(HtmlTracking.OpenTracker, fault);
    }

    [Fact]
    public void After_250_links_the_rest_stays_as_it_is()
    {
        var html = string.Concat(Enumerable.Range(0, 300).Select(i => $"<a href=https://a.example/{i}>"));
        var count = 0;
        HtmlTracking.Rewrite(html, _ => $"L{count++}", null);
        Assert.Equal(HtmlTracking.MaxLinks, count);
    }

    [Fact]
    public void Whatever_comes_in_goes_out_but_for_what_was_put_in()
    {
        for (var seed = 0; seed < 20_000; seed++)
        {
            var html = Anything(new Random(seed));
            var originals = new List<string>();
            var (rewritten, fault) = HtmlTracking.Rewrite(html, link =>
            {
                originals.Add(link.Target);
                return $"https://t.example/{originals.Count - 1}~";
            }, Image);
            if (fault is not null) continue;
            // The pixel out, and behind it the targets back where their links are: no blanks around what is made here.
            var at = rewritten!.LastIndexOf(Pixel, StringComparison.Ordinal);
            Assert.True(at >= 0, $"Seed {seed}");
            rewritten = rewritten.Remove(at, Pixel.Length);
            for (var i = 0; i < originals.Count; i++)
                rewritten = rewritten.Replace($"https://t.example/{i}~", originals[i], StringComparison.Ordinal);
            Assert.True(Plain(rewritten) == Plain(html), $"Seed {seed}:\n{html}\n{rewritten}");
        }
    }

    // A target is told without the entities of its place.
    private static string Plain(string html) => html.Replace("&amp;", "&", StringComparison.Ordinal);

    private static string Anything(Random random)
    {
        string[] pieces =
        [
            "<a href=\"https://a.example/1\"", "<a href='http://b.example'", "<A HREF=https://c.example/x?y=1", ">", "<", "</a>", "<!--", "-->", "--!>",
            "<!", "<?", "</", "<script>", "</script>", "<style", "</style >", "<body>", "</body>", "</html>", "\"", "'", "=", "/", " ", "\n", "href",
            "href=", "<area href=\"https://d.example/%20\"", "<title>", "</title>", "<plaintext>", "text", "ü", "{{x}}", "\0", "<p class=\"", "&amp;", "<a ",
        ];
        var html = new StringBuilder();
        for (var i = random.Next(25); i > 0; i--) html.Append(random.Next(20) == 0 ? ((char)random.Next(1, 300)).ToString() : pieces[random.Next(pieces.Length)]);
        return html.ToString();
    }
}
