using Silo.Server.Access;
using Silo.Server.SesApi;
using Xunit;

namespace Silo.Server.Tests.Access;

public sealed class OperationSubjectTests
{
    [Fact]
    public void A_name_with_NUL_is_taken_down_without_it() => Assert.Equal("a?b", OperationSubject.Cut("a\0b"));

    [Fact]
    public void A_member_with_NUL_is_refused_by_name()
    {
        var checks = new MemberChecks();
        Assert.False(checks.RequiredText("a\0", "EmailAddress"));
        checks.Length("\0", "Description", 0, 10);
        Assert.Contains("EmailAddress must not hold", checks.Error!.Message, StringComparison.Ordinal);
        Assert.Contains("Description must not hold", checks.Error!.Message, StringComparison.Ordinal);
    }
}
