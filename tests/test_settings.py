import pytest

from chalicelib.settings import Company, read_settings


def test_without_an_environment_the_defaults_hold() -> None:
    settings = read_settings({})
    assert (settings.currency, settings.reorder_point, settings.expiry_days, settings.stock_list_hour) == (
        "USD",
        5,
        5,
        0,
    )
    assert settings.company == Company("Stockroom", "", "", "", "")


def test_a_logo_is_a_file_of_the_project() -> None:
    assert read_settings({"COMPANY_LOGO": "README.md"}).company.logo.endswith("/README.md")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REORDER_POINT", "-1"),
        ("REORDER_POINT", "five"),
        ("EXPIRY_DAYS", "1.5"),
        ("STOCK_LIST_HOUR", "24"),
        ("LINK_SECONDS", "0"),
        ("LINK_SECONDS", "604801"),
        ("CURRENCY", "usd"),
        ("CURRENCY", ""),
        ("COMPANY_LOGO", "nowhere.png"),
    ],
)
def test_a_wrong_setting_is_named_at_the_start(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=f"{name} must be .* not '{value}'"):
        read_settings({name: value})
