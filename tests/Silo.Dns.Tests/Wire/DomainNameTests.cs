using Silo.Dns.Wire;
using Silo.Testing.Dns;
using Xunit;

namespace Silo.Dns.Tests.Wire;

public class DomainNameTests
{
    [Theory]
    [InlineData(".", "")]
    [InlineData("example.org", "example.org")]
    [InlineData("Example.ORG.", "example.org")]
    [InlineData("_mta-sts.xn--bcher-kva.example", "_mta-sts.xn--bcher-kva.example")]
    [InlineData("0/25.2.0.192.in-addr.arpa", "0/25.2.0.192.in-addr.arpa")]
    public void A_name_is_lower_case_without_its_final_dot(string given, string expected) =>
        Assert.Equal(expected, DomainName.Normalize(given));

    [Fact]
    public void A_name_in_normal_form_costs_nothing()
    {
        var name = "mx1.example.org";

        Assert.Same(name, DomainName.Normalize(name));
    }

    [Theory]
    [InlineData(63, 61, true)]
    [InlineData(64, 61, false)]
    [InlineData(63, 62, false)]
    public void Labels_hold_63_bytes_and_names_255_with_their_length_bytes(int first, int last, bool isName)
    {
        string[] labels = [new('a', first), new('b', 63), new('c', 63), new('d', last)];
        var name = string.Join('.', labels);

        Assert.Equal(isName, DomainName.Normalize(name) is not null);
        Assert.Equal(isName, DomainName.Normalize(name + ".") is not null);
        if (!isName) return;
        var bytes = new byte[DomainName.MaxBytes];
        Assert.Equal(DomainName.MaxBytes, DomainName.Write(name, bytes));
        Assert.Equal((true, name, DomainName.MaxBytes), Read(bytes, 0));
    }

    [Fact]
    public void A_name_of_256_bytes_is_none_even_over_pointers()
    {
        var longest = string.Join('.', (string[])[new('b', 63), new('c', 63), new('d', 63), new('e', 59)]);
        var header = new byte[12];
        foreach (var (label, isName) in ((string, bool)[])[("a", true), ("aa", false)])
        {
            var message = new PacketWriter().Bytes(header).Name(longest).Name($"{label}.{longest}").ToArray();
            Assert.Equal(isName, Read(message, 12 + longest.Length + 2).Read);
        }
    }

    [Theory]
    [InlineData(new byte[] { 1, (byte)'a', 0xC0, 12 }, 12)]
    [InlineData(new byte[] { 1, (byte)'a', 0xC0, 16, 1, (byte)'b', 0 }, 12)]
    [InlineData(new byte[] { 0xC0, 13, 0xC0, 12 }, 14)]
    [InlineData(new byte[] { 0xC0, 2 }, 12)]
    [InlineData(new byte[] { 0xC0 }, 12)]
    [InlineData(new byte[] { 0xFF, 0xFF }, 12)]
    [InlineData(new byte[] { 2, (byte)'a' }, 12)]
    [InlineData(new byte[] { 1, (byte)'a' }, 12)]
    [InlineData(new byte[] { 0x41, (byte)'a', 0 }, 12)]
    [InlineData(new byte[] { 0x80, 12, 0 }, 12)]
    [InlineData(new byte[] { }, 12)]
    public void Pointers_lead_only_backwards_and_names_end_within_the_message(byte[] rest, int offset) =>
        Assert.False(Read([.. new byte[12], .. rest], offset).Read);

    [Fact]
    public void A_chain_of_pointers_is_followed_only_so_far()
    {
        // A name at 12, and after it pointers each to the one before.
        foreach (var (pointers, isName) in ((int, bool)[])[(127, true), (128, false)])
        {
            var message = new PacketWriter().Bytes(new byte[12]).Bytes(1, (byte)'a', 0, 0);
            for (var i = 0; i < pointers; i++) message.Number(0xC000 | (i == 0 ? 12 : 16 + 2 * (i - 1)));
            Assert.Equal(isName, Read(message.ToArray(), message.Length - 2).Read);
        }
    }

    [Fact]
    public void Bytes_that_are_no_text_are_escaped_so_that_no_two_names_look_the_same()
    {
        byte[] name = [5, (byte)'A', (byte)'.', (byte)'\\', 0, 255, 1, (byte)' ', 0];

        Assert.Equal((true, @"a\.\\\000\255.\032", name.Length), Read(name, 0));
    }

    [Theory]
    [InlineData("a.example.org", "example.org", true)]
    [InlineData("example.org", "example.org", true)]
    [InlineData("example.org", "", true)]
    [InlineData("badexample.org", "example.org", false)]
    [InlineData("org", "example.org", false)]
    public void A_name_is_within_a_zone_by_whole_labels(string name, string zone, bool expected) =>
        Assert.Equal(expected, DomainName.IsWithin(name, zone));

    private static (bool Read, string Name, int Offset) Read(byte[] message, int offset)
    {
        var read = DomainName.TryRead(message, ref offset, out var name);
        return (read, name, offset);
    }
}
