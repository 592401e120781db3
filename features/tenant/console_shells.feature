@index @over_http
Feature: The console in the shells that people install
  Whoever has IPython or bpython gets the console in it.

  Scenario Outline: A shell has the master at hand
    Given a computer with 3 partitions, configured in files
    And its master is started
    And the client knows the alias hello for the release
    And IPython and bpython are installed
    When the tenant opens: console <option>
    Then the prompt <prompt> is shown, and what is typed knows the aliases and the master

    Examples:
      | option    | prompt |
      | -i        | In [   |
      | --ipython | In [   |
      | -b        | >>>    |
      | --bpython | >>>    |
