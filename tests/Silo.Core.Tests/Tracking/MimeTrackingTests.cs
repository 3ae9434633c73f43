using System.Text;
using Silo.Core.Tracking;
using Xunit;

namespace Silo.Core.Tests.Tracking;

public sealed class MimeTrackingTests
{
    [Fact]
    public void The_HTML_parts_of_nested_multiparts_are_rewritten_and_no_other_byte_changes()
    {
        const string message = "Subject: x\r\nContent-Type: multipart/mixed; boundary=\"a;b\"\r\n\r\npreamble\r\n--a;b\r\n"
            + "Content-Type: multipart/alternative;\r\n boundary=in\r\n\r\n--in\r\nContent-Type: text/plain\r\n\r\nold\r\n--in\r\n"
            + "X-Own: kept\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: {0}\r\n\r\n{1}\r\n--in--\r\n"
            + "--a;b\r\nContent-Type: text/html\r\nContent-Disposition: attachment; filename=x.html\r\n\r\nold\r\n--a;b--\r\nepilogue\r\n";
        foreach (var (encoding, before, afterEncoding, after) in new[]
        {
            ("7bit", "<p>old</p>", "quoted-printable", "<p>new</p>"),
            ("quoted-printable", "<p>=\r\nold=3D</p>", "quoted-printable", "<p>new=3D</p>"),
            ("base64", Convert.ToBase64String("<p>old ü</p>"u8), "base64", Convert.ToBase64String("<p>new ü</p>"u8)),
        })
        {
            var expected = string.Format(System.Globalization.CultureInfo.InvariantCulture, message, afterEncoding, after);
            Assert.Equal(expected, Rewrite(string.Format(System.Globalization.CultureInfo.InvariantCulture, message, encoding, before)));
        }
    }

    [Theory]
    [InlineData("Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\nold\r\n--b--\r\n")]
    [InlineData("Content-Type: multipart/encrypted; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\nold\r\n--b--\r\n")]
    [InlineData("Content-Type: application/pkcs7-mime\r\n\r\nold\r\n")]
    [InlineData("Content-Type: message/rfc822\r\n\r\nContent-Type: text/html\r\n\r\nold\r\n")]
    [InlineData("Content-Type: text/plain\r\n\r\nold\r\n")]
    [InlineData("Subject: no type\r\n\r\nold\r\n")]
    [InlineData("Content-Type: text/html; charset=utf-16\r\n\r\nold\r\n")]
    [InlineData("Content-Type: text/html\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\nold\r\n")]
    [InlineData("Content-Type: text/html; charset=us-ascii\r\n\r\nold é\r\n")]
    [InlineData("Content-Type: multipart/mixed\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\nold\r\n--b--\r\n")]
    public void What_is_signed_encrypted_or_not_what_it_says_stays_as_it_is(string message) => Assert.Equal(message, Rewrite(message));

    [Fact]
    public void A_message_without_structure_is_rewritten_and_may_lack_its_closing_delimiter()
    {
        Assert.Equal(
            "Content-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nnew\r\n", Rewrite("Content-Type: text/html\r\n\r\nold\r\n"));
        Assert.Equal(
            "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nnew",
            Rewrite("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\nold"));
    }

    private static string Rewrite(string message) => Encoding.UTF8.GetString(
        MimeTracking.Rewrite(Encoding.UTF8.GetBytes(message), html => html.Replace("old", "new", StringComparison.Ordinal)).Span);
}
