using System.Text;
using System.Text.Json;
using Silo.Core.Tenants;
using Silo.Server.Retention;
using Silo.Testing.Fuzzing;
using Xunit;

namespace Silo.Server.Tests.Retention;

public sealed class AddressRedactorTests
{
    [Theory]
    [InlineData("jo@example.com", """{"Recipient":"jo@example.com"}""", """{"Recipient":"gone@example.com"}""")]
    [InlineData("jo@example.com", """{"Recipient":"JO@Example.COM"}""", """{"Recipient":"gone@Example.COM"}""")]
    [InlineData("jo@example.com", """{"D":"550 \u003Cjo@example.com\u003E unknown, jo@example.com."}""", """{"D":"550 \u003Cgone@example.com\u003E unknown, gone@example.com."}""")]
    [InlineData("jo@example.com", """{"D":"line\njo@example.com\t"}""", """{"D":"line\ngone@example.com\t"}""")]
    [InlineData("jo@example.com", """{"D":"550 to=jo@example.com 'jo@example.com'"}""", """{"D":"550 to=gone@example.com 'gone@example.com'"}""")]
    [InlineData("jo+x@example.com", """{"Recipient":"jo\u002Bx@example.com"}""", """{"Recipient":"gone@example.com"}""")]
    [InlineData("jo+x@example.com", """{"Recipient":"jo+x@example.com"}""", """{"Recipient":"gone@example.com"}""")]
    public void The_address_is_replaced_wherever_it_stands(string address, string json, string rewritten)
    {
        var redactor = new AddressRedactor(address, "gone");
        Assert.Equal(rewritten, Encoding.UTF8.GetString(redactor.Rewrite(Encoding.UTF8.GetBytes(json))!));
        Assert.True(redactor.Contains(Encoding.UTF8.GetBytes(json)));
    }

    [Theory]
    [InlineData("""{"Recipient":"xjo@example.com"}""")]
    [InlineData("""{"Recipient":"a.jo@example.com"}""")]
    [InlineData("""{"Recipient":"o'jo@example.com"}""")]
    [InlineData("""{"Recipient":"a=jo@example.com"}""")]
    [InlineData("""{"Recipient":"a\u002Bjo@example.com"}""")]
    [InlineData("""{"Recipient":"jo@example.com.au"}""")]
    [InlineData("""{"Recipient":"jo@example.community"}""")]
    [InlineData("""{"Recipient":"jo@mail.example.com","Id":"jo"}""")]
    [InlineData("""{}""")]
    public void Another_address_that_only_looks_like_it_is_left_alone(string json) =>
        Assert.Null(new AddressRedactor("jo@example.com", "gone").Rewrite(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void Events_that_were_rewritten_tell_the_same_but_for_the_recipient()
    {
        var e = new TenantEvent
        {
            Kind = TenantEventKind.HardBounced, At = DateTimeOffset.UnixEpoch, MessageId = "m", Recipient = "o'jo+1@example.com", Units = 1,
            Diagnostic = "550 5.1.1 <O'Jo+1@EXAMPLE.com>: unknown", RemoteHost = "mx.example.com", Attempts = 2,
        };
        var rewritten = new AddressRedactor("o'jo+1@example.com", "erased-1").Rewrite(e.ToPayload())!;
        Assert.Equal(
            e with { Recipient = "erased-1@example.com", Diagnostic = "550 5.1.1 <erased-1@EXAMPLE.com>: unknown" },
            TenantEvent.FromPayload(0, e.At, (int)e.Kind, rewritten));
    }

    [Fact]
    public void No_bytes_make_it_fail_and_what_it_has_rewritten_holds_the_address_no_more()
    {
        var redactor = new AddressRedactor("o'jo+1@example.com", "erased-1");
        byte[][] corpus =
        [
            .. new[] { "o'jo+1@example.com", "\\u0027o\\u0027jo\\u002B1@example.com", "{\"a\":\"<o'jo+1@example.com>\"}", "@example.com", "\\u00" }
                .Select(Encoding.UTF8.GetBytes),
        ];
        foreach (var seed in Fuzz.Seeds)
        {
            var input = Mutator.Make(corpus, seed);
            Fuzz.Try(seed, () =>
            {
                var rewritten = redactor.Rewrite(input);
                Assert.Equal(rewritten is not null, redactor.Contains(input));
                if (rewritten is null) return 0;
                Assert.False(redactor.Contains(rewritten));
                if (IsJson(input)) Assert.True(IsJson(rewritten));
                return rewritten.Length;
            });
        }
    }

    private static bool IsJson(byte[] bytes)
    {
        try
        {
            using var json = JsonDocument.Parse(bytes);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
