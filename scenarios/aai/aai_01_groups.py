"""AAI-01, the groups that services take a user for a member of, whatever the proxy names."""

from diraccert.certification.scenario import scenario

#: One of each protocol.
SERVICES = ("WorkloadManagement/JobMonitoring", "Accounting/DataStore")
#: Groups that ivan and judy are not in: of their own VO, of another, of none.
FOREIGN_GROUPS = ("dirac_admin", "gridpp_user", "no_such_group")


@scenario(
    "AAI-01f",
    title="services that know a user do not take the same user for a member of a group that is not the user's own",
    owner="aai",
    replaces="tests/System/client_core.sh",
    suites=("full",),
    limit=120,
    about=6,
)
def test_known_user_in_foreign_group(make_user, login, known, taken_for, step):
    ivan = make_user("ivan", "dteam_prod").logged_out()
    with step("the services know ivan in a group of his own"):
        known(ivan, SERVICES)
    for group in FOREIGN_GROUPS:
        with step(f"group {group} is not ivan's"):
            ivan.run(login.unchecked.format(group))
            assert [taken_for(ivan, service) for service in SERVICES] == ["", ""]


@scenario(
    "AAI-01g",
    title="a user who was refused a foreign group is let in to a group of one's own at once",
    owner="aai",
    replaces="tests/System/client_core.sh",
    suites=("full",),
    limit=200,
    about=70,
)
def test_refused_user_in_own_group(make_user, login, known, taken_for, step, wait_for):
    mine = ["judy in dteam_prod"] * len(SERVICES)
    judy = make_user("judy", "dteam_prod").logged_out()
    known(judy)
    with step("judy asks the services in the name of a foreign group; what they say to that is AAI-01f"):
        judy.run(login.unchecked.format(FOREIGN_GROUPS[0]))
        for service in SERVICES:
            taken_for(judy, service)
    with step("in a group of her own they know judy"):
        judy.run(login.to("dteam_prod")).ok()
        at_once = [taken_for(judy, service) for service in SERVICES]
        if at_once != mine:
            # A refusal that ends by itself is of what was kept of the one before; any other has another cause.
            wait_for(lambda: [taken_for(judy, each) for each in SERVICES] == mine, limit=90, hint="judy to be let in")
        assert at_once == mine, f"let in only later: at once they took judy for {at_once}"
