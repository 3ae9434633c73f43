using Silo.Core.Addresses;
using Xunit;

namespace Silo.Core.Tests.Addresses;

public sealed class AddressTraitsTests
{
    [Theory]
    [InlineData("postmaster", true)]
    [InlineData("Info", true)]
    [InlineData("sales+spring", true)]
    [InlineData("ann", false)]
    [InlineData("information", false)]
    [InlineData("+info", false)]
    public void A_function_is_told_from_a_person(string localPart, bool isRole) => Assert.Equal(isRole, AddressTraits.IsRole(localPart));

    [Theory]
    [InlineData("mailinator.com", true)]
    [InlineData("anything.Mailinator.com", true)]
    [InlineData("notmailinator.com", false)]
    [InlineData("com", false)]
    [InlineData("", false)]
    public void A_domain_for_throwing_away_covers_those_below_it(string domain, bool isDisposable) =>
        Assert.Equal(isDisposable, AddressTraits.IsDisposable(domain));

    [Theory]
    [InlineData("ann.smith", 0)]
    [InlineData("j.szczygiel", 0)]
    [InlineData("knightsbridge77", 0)]
    [InlineData("user12345", 0)]
    [InlineData("", 0)]
    [InlineData("asdfgh", 1)]
    [InlineData("qwertzx", 1)]
    [InlineData("aaaaaa", 1)]
    [InlineData("bcdfghk", 1)]
    [InlineData("x7k2q9p4", 1)]
    [InlineData("asdfgh1q2w3e4r", 2)]
    public void Signs_of_typing_anything_are_counted(string localPart, int signs) => Assert.Equal(signs, AddressTraits.RandomSigns(localPart));
}
