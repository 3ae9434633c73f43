using Silo.Core.Addresses;
using Xunit;

namespace Silo.Core.Tests.Addresses;

public sealed class MailboxTests
{
    [Theory]
    [InlineData("a@example.com", null, "a@example.com")]
    [InlineData("<a@example.com>", null, "a@example.com")]
    [InlineData("  John Q. Public <a@example.com> ", "John Q. Public", "a@example.com")]
    [InlineData("\"Doe, \\\"J\\\"\" <a@example.com>", "Doe, \"J\"", "a@example.com")]
    [InlineData("Jürgen Müller <a@example.com>", "Jürgen Müller", "a@example.com")]
    [InlineData("=?UTF-8?Q?J=C3=BCrgen_M=C3=BCller?= <a@example.com>", "Jürgen Müller", "a@example.com")]
    [InlineData("=?utf-8?B?SsO8?= =?iso-8859-1?Q?rgen?= <a@example.com>", "Jürgen", "a@example.com")]
    [InlineData("=?UTF-8?Q?J=C3=BC?= Plain <a@example.com>", "Jü Plain", "a@example.com")]
    [InlineData("\"=?UTF-8?Q?x?=\" <a@example.com>", "=?UTF-8?Q?x?=", "a@example.com")]
    [InlineData("a@example.com (John (the) Doe)", null, "a@example.com")]
    [InlineData("John (c) Doe <(x)a@example.com(y)>", "John Doe", "a@example.com")]
    [InlineData("\"a b\"@example.com", null, "\"a b\"@example.com")]
    [InlineData("Evil =?utf-8?Q?=0D=0ABcc:_x?= <a@example.com>", "Evil   Bcc: x", "a@example.com")]
    public void A_mailbox_is_a_name_and_an_address(string text, string? name, string address)
    {
        Assert.True(Mailbox.TryParse(text, out var mailbox));
        Assert.Equal(name, mailbox.DisplayName);
        Assert.Equal(address, mailbox.Address.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("John")]
    [InlineData("John <a@example.com")]
    [InlineData("John <a@example.com> x")]
    [InlineData("a@example.com, b@example.com")]
    [InlineData("group: a@example.com;")]
    [InlineData("John <>")]
    [InlineData("a@example.com (unclosed")]
    [InlineData("\"unclosed <a@example.com>")]
    [InlineData("John\r\nBcc: x@example.com <a@example.com>")]
    [InlineData("John\0 <a@example.com>")]
    [InlineData("<@relay.example:a@example.com>")]
    public void What_is_no_single_mailbox_is_refused(string text) => Assert.False(Mailbox.TryParse(text, out _));

    [Theory]
    [InlineData("", 0)]
    [InlineData("undisclosed-recipients:;", 0)]
    [InlineData("a@x.example, B <b@x.example>,, c@x.example,", 3)]
    [InlineData("Friends: a@x.example, B <b@x.example>; , c@x.example", 3)]
    [InlineData("\"last, first\" <a@x.example>, b@x.example (a, b)", 2)]
    public void A_list_yields_its_mailboxes_and_those_of_its_groups(string header, int count)
    {
        Assert.True(Mailbox.TryParseList(header, out var mailboxes));
        Assert.Equal(count, mailboxes.Count);
    }

    [Theory]
    [InlineData("a@x.example b@x.example")]
    [InlineData("Friends: a@x.example")]
    [InlineData("a@x.example;")]
    [InlineData("Outer: Inner: a@x.example;;")]
    public void A_broken_list_is_refused_whole(string header) => Assert.False(Mailbox.TryParseList(header, out _));

    [Fact]
    public void A_list_ends_at_1000_mailboxes_and_comments_at_a_depth_of_16()
    {
        Assert.True(Mailbox.TryParseList(string.Join(',', Enumerable.Repeat("a@b.c", 1_000)), out _));
        Assert.False(Mailbox.TryParseList(string.Join(',', Enumerable.Repeat("a@b.c", 1_001)), out _));
        Assert.True(Mailbox.TryParse(new string('(', 16) + new string(')', 16) + "a@b.c", out _));
        Assert.False(Mailbox.TryParse(new string('(', 17) + new string(')', 17) + "a@b.c", out _));
    }

    [Fact]
    public void No_text_makes_the_parser_throw_and_no_name_holds_a_control_character()
    {
        const string alphabet = "ab @.,;:<>()\"\\[]=?QB_0A\t\n\0é\ud83d";
        for (var seed = 0; seed < 100_000; seed++)
        {
            var random = new Random(seed);
            var text = string.Create(random.Next(1, 24), random, static (span, r) =>
            {
                foreach (ref var c in span) c = alphabet[r.Next(alphabet.Length)];
            });
            text = (seed % 4) switch { 0 => text, 1 => text + "<a@b.c>", 2 => $"=?utf-8?q?{text}?= <a@b.c>", _ => $"\"{text}\" <a@b.c>, x@y.z" };
            if (!Mailbox.TryParseList(text, seed % 2 == 0, out var mailboxes)) continue;
            Assert.DoesNotContain(mailboxes, m => m.DisplayName?.Any(c => char.IsControl(c) && c != '\t') == true);
        }
    }
}
